#pragma once

#include "core/unique_fd.hpp"

#include <filesystem>
#include <system_error>
#include <vector>

namespace chasqui::core {

/// A folder that is there while this lives, made with all above it where it was not; empty for the current folder.
/// In the end those that were made here go again if nothing is in them, so that a run that fails leaves none behind.
/// One that another MadeFolder, of any process, is about to write to stays. Throws Failure(output_unwritable).
class MadeFolder {
 public:
  explicit MadeFolder(std::filesystem::path folder);
  MadeFolder(const MadeFolder&) = delete;
  MadeFolder& operator=(const MadeFolder&) = delete;
  ~MadeFolder();

 private:
  void make(const std::filesystem::path& folder, std::error_code& error);
  [[nodiscard]] bool hold();
  void remove() noexcept;

  std::filesystem::path folder_;
  std::vector<std::filesystem::path> made_;  // from the top
  UniqueFd held_;                            // has a shared lock
};

}  // namespace chasqui::core
