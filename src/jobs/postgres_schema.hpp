#pragma once

#include <string>
#include <vector>

namespace soci {
class session;
}

namespace chasqui::jobs {

/// The tables in PostgreSQL as numbered steps, each done once and in order. A step says which earlier programs can work
/// on what it leaves, so that an old program goes on while a new one is rolled out.
struct SchemaStatus {
  int found = 0;                     ///< 0: nothing is there
  int wanted = 0;                    ///< by this program
  bool usable = false;               ///< by this program: as wanted, or later and serving it
  std::vector<std::string> missing;  ///< what the steps that are still to be done are about
};

SchemaStatus schema_status(soci::session& sql);
/// Does the missing steps in one transaction; of two that try at once one does them and the other waits and finds them
/// done. Answers how many; none are when the tables are later and serve this program. Throws Failure(conflict) when
/// they do not. `version`: no further than this; 0: all.
int migrate(soci::session& sql, int version = 0);
/// Throws Failure(conflict), with the way out, when this program cannot work on the tables.
void require_schema(soci::session& sql);

}  // namespace chasqui::jobs
