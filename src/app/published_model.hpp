#pragma once

#include "app/model_shelf.hpp"
#include "core/log.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>

namespace chasqui::app {

/// The published model that this process works with, in a folder of copies: the one in use and the one before, which a
/// job may just be opening. It is looked for at the start, and again now and then before a job, so that what is
/// published, and a storage that comes back, is noticed without a restart. Whatever goes wrong costs time and not
/// quality: it is said, and what was there before, or no model, is worked with.
class PublishedModel {
 public:
  /// Throws Failure(config). `wished`: as compress.model. `took` is told the name whenever another one is taken.
  PublishedModel(const store::S3Settings& settings, std::string wished, std::filesystem::path copies, core::Log& log,
                 std::function<void(const std::string& name)> took);

  /// Its folder; empty while there is none. For any thread. Does not throw.
  std::filesystem::path folder();

 private:
  void look();
  std::filesystem::path copy_of(const ModelShelf::Place& place);
  void forget_all_but(const ModelShelf::Place& place) const;

  ModelShelf shelf_;
  std::string wished_;
  std::filesystem::path copies_;
  core::Log& log_;
  std::function<void(const std::string& name)> took_;
  std::mutex mutex_;  // guards the following
  ModelShelf::Place in_use_;
  std::filesystem::path folder_;
  std::string complaint_;
  std::chrono::steady_clock::time_point next_look_;
};

}  // namespace chasqui::app
