#pragma once

#include <string>
#include <vector>

namespace soci {
class session;
}

namespace chasqui::jobs {

/// The tables in PostgreSQL as numbered steps, each done once and in order.
struct SchemaStatus {
  int found = 0;                     ///< 0: nothing is there
  int wanted = 0;                    ///< by this program
  std::vector<std::string> missing;  ///< what the steps that are still to be done are about
};

SchemaStatus schema_status(soci::session& sql);
/// Does the missing steps in one transaction; of two that try at once one does them and the other waits and finds them
/// done. Answers how many. Throws Failure(conflict) when the tables are of a later version.
int migrate(soci::session& sql);
/// Throws Failure(conflict), with the way out, when the tables are not those of this program.
void require_schema(soci::session& sql);

}  // namespace chasqui::jobs
