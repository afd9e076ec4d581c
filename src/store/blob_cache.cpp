#include "store/blob_cache.hpp"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

namespace chasqui::store {

namespace fs = std::filesystem;

BlobCache::BlobCache(const fs::path& folder, fs::path corrupt, std::uint64_t most_bytes)
    : folder_(folder), files_(folder, std::move(corrupt)), most_bytes_(most_bytes) {
  std::vector<std::pair<fs::file_time_type, BlobId>> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (auto id = entry.path().filename().string(); is_blob_id(id)) found.emplace_back(entry.last_write_time(), id);
  }
  std::ranges::sort(found);
  for (const auto& [time, id] : found) use(id);
  shrink();
}

std::shared_ptr<const OpenBlob> BlobCache::open(const BlobId& id) {
  auto opened = files_.open(id);
  if (!opened) return nullptr;
  use(id);
  return *opened;
}

void BlobCache::add(int file, const BlobId& id) {
  files_.link(file, id);
  use(id);
  shrink();
}

void BlobCache::remove(const BlobId& id) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto place = places_.find(id); place != places_.end()) {
      order_.erase(place->second);
      places_.erase(place);
    }
  }
  files_.remove(id);
}

void BlobCache::use(const BlobId& id) {
  const std::lock_guard lock(mutex_);
  if (const auto place = places_.find(id); place != places_.end()) order_.erase(place->second);
  order_.push_front(id);
  places_[id] = order_.begin();
}

void BlobCache::shrink() {
  const std::lock_guard lock(mutex_);
  while (files_.used_bytes() > most_bytes_ && !order_.empty()) {
    files_.remove(order_.back());
    places_.erase(order_.back());
    order_.pop_back();
  }
}

}  // namespace chasqui::store
