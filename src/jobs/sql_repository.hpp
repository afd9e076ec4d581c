#pragma once

#include "jobs/database.hpp"
#include "jobs/repository.hpp"

namespace chasqui::jobs {

/// Jobs and their queue in a database, which must outlive this.
class SqlRepository final : public Repository {
 public:
  explicit SqlRepository(Database& database) : database_(database) {}

  Result<Submitted> submit(const Submission& submission) override;
  std::optional<Job> find(const std::string& id) override;
  std::vector<Job> list(const Filter& filter) override;
  std::vector<Job> formats_of(const std::string& id) override;
  std::optional<Job> done_with(const std::string& work_key) override;
  std::optional<Job> claim(const std::string& worker, core::Time now, core::Millis lease) override;
  Result<Job> claim_one(const std::string& id, const std::string& worker, core::Time now, core::Millis lease) override;
  Result<Job> apply(const std::string& id, const std::function<Result<Job>(Job)>& change) override;
  std::vector<std::string> lapsed(core::Time now) override;
  bool remove(const std::string& id) override;
  Counts counts() override;
  bool uses_blob(const std::string& blob) override;
  std::vector<std::string> with_input_before(core::Time ended) override;
  std::vector<std::string> failed_before(core::Time ended) override;
  void forget_keys(core::Time before) override;
  void check() override;

 private:
  Database& database_;
};

}  // namespace chasqui::jobs
