#include "core/made_folder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <chasqui/error.hpp>
#include <fcntl.h>
#include <ranges>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace chasqui::core {
namespace {

namespace fs = std::filesystem;

/// Each time, another process has to remove the folder just after it was made or met.
constexpr int most_attempts = 100;

}  // namespace

MadeFolder::MadeFolder(fs::path folder) : folder_(std::move(folder)) {
  if (folder_.empty()) return;
  std::error_code error;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    error.clear();
    make(folder_, error);
    if (!error && hold()) return;
    if (error && error != std::errc::no_such_file_or_directory) break;
  }
  remove();
  throw Failure(Errc::output_unwritable,
                fmt::format("{}: cannot be made: {}", folder_.string(),
                            error ? error.message() : std::string("it is removed again and again")));
}

MadeFolder::~MadeFolder() {
  remove();
}

void MadeFolder::make(const fs::path& folder, std::error_code& error) {
  std::error_code ignored;
  if (folder.empty() || fs::is_directory(folder, ignored)) return;
  make(folder.parent_path(), error);
  if (!error && fs::create_directory(folder, error)) made_.push_back(folder);
}

bool MadeFolder::hold() {
  held_.reset(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // A folder that may not be read, or a filesystem without locks: used as it is, and never removed.
  if (!held_.valid()) return errno != ENOENT;
  if (::flock(held_.get(), LOCK_SH) != 0) {
    held_.reset();
    return true;
  }
  struct stat now{};
  struct stat locked{};
  return ::fstat(held_.get(), &locked) == 0 && ::stat(folder_.c_str(), &now) == 0 && now.st_dev == locked.st_dev &&
         now.st_ino == locked.st_ino;
}

void MadeFolder::remove() noexcept {
  held_.reset();
  for (const auto& folder : made_ | std::views::reverse) {
    // A file that has no name yet does not keep a folder from being removed; the lock of who writes it does.
    const UniqueFd lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock.valid() || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 || ::rmdir(folder.c_str()) != 0) return;
  }
}

}  // namespace chasqui::core
