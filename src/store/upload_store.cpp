#include "store/upload_store.hpp"

#include "core/atomic_file.hpp"
#include "core/random.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

namespace chasqui::store {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {

constexpr std::size_t upload_block_bytes = 256 * 1024;

[[noreturn]] void fail(const fs::path& path, const char* doing, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  throw Failure(full ? Errc::disk_full : Errc::output_unwritable,
                fmt::format("{}: cannot {}: {}", path.string(), doing, std::generic_category().message(error)));
}

std::string text_of(const Upload& upload) {
  json::object metadata;
  for (const auto& [name, value] : upload.metadata) metadata[name] = value;
  return json::serialize(json::object{{"owner", upload.owner},
                                      {"length", upload.length},
                                      {"partial", upload.partial},
                                      {"parts", json::value_from(upload.parts)},
                                      {"metadata", std::move(metadata)},
                                      {"expires", core::to_millis(upload.expires)},
                                      {"result", upload.result}});
}

Upload upload_from(const std::string& text) {
  const auto root = json::parse(text);
  Upload upload;
  upload.owner = json::value_to<std::string>(root.at("owner"));
  upload.length = root.at("length").to_number<std::uint64_t>();
  upload.partial = root.at("partial").as_bool();
  upload.parts = json::value_to<std::vector<std::string>>(root.at("parts"));
  for (const auto& [name, value] : root.at("metadata").as_object())
    upload.metadata[std::string(name)] = json::value_to<std::string>(value);
  upload.expires = core::from_millis(root.at("expires").to_number<std::int64_t>());
  upload.result = json::value_to<std::string>(root.at("result"));
  return upload;
}

}  // namespace

UploadStore::UploadStore(fs::path folder) : folder_(std::move(folder)) {}

UploadStore::Lock::~Lock() {
  if (store_ == nullptr) return;
  file_.reset();
  const std::lock_guard guard(store_->mutex_);
  store_->held_.erase(id_);
}

std::optional<UploadStore::Lock> UploadStore::lock(const std::string& id) {
  {
    const std::lock_guard guard(mutex_);
    if (!held_.insert(id).second) return std::nullopt;
  }
  Lock lock(*this, id);
  // Without bytes it is new, which nobody else knows, or finished, which nobody changes.
  if (core::is_id(id)) lock.file_.reset(::open(bytes_path(id).c_str(), O_RDONLY | O_CLOEXEC));
  if (lock.file_.valid() && ::flock(lock.file_.get(), LOCK_EX | LOCK_NB) != 0) return std::nullopt;
  return lock;
}

void UploadStore::create(const Upload& upload) {
  const auto path = bytes_path(upload.id);
  const core::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) fail(path, "create", errno);
  update(upload);  // syncs the folder, too
}

void UploadStore::update(const Upload& upload) {
  core::AtomicFile file(facts_path(upload.id));
  file.write(text_of(upload));
  file.commit();
}

Result<Upload> UploadStore::find(const std::string& id) const {
  const auto absent = std::unexpected(Error{Errc::not_found, "no such upload; it may have expired"});
  if (!core::is_id(id)) return absent;
  std::ifstream in(facts_path(id), std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return absent;
  try {
    Upload upload = upload_from(text.str());
    upload.id = id;
    std::error_code error;
    const auto size = fs::file_size(bytes_path(id), error);
    if (error && upload.result.empty()) return absent;
    upload.offset = error ? upload.length : size;
    return upload;
  } catch (const std::exception&) {
    return absent;
  }
}

void UploadStore::append(const std::string& id, std::uint64_t offset, std::span<const std::byte> bytes) {
  const auto path = bytes_path(id);
  const core::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.valid()) fail(path, "open", errno);
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path, "write", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

void UploadStore::sync(const std::string& id) {
  const core::UniqueFd file(::open(bytes_path(id).c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.valid() || ::fsync(file.get()) != 0) fail(bytes_path(id), "sync", errno);
}

void UploadStore::truncate(const std::string& id, std::uint64_t offset) {
  if (::truncate(bytes_path(id).c_str(), static_cast<off_t>(offset)) != 0) fail(bytes_path(id), "shorten", errno);
}

void UploadStore::read(const std::string& id, const std::function<void(std::span<const std::byte>)>& sink) const {
  const auto path = bytes_path(id);
  const core::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) fail(path, "open", errno);
  std::vector<std::byte> block(upload_block_bytes);
  for (;;) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path, "read", errno);
    if (got == 0) return;
    sink(std::span(block).first(static_cast<std::size_t>(got)));
  }
}

void UploadStore::drop_bytes(const std::string& id) {
  std::error_code ignored;
  fs::remove(bytes_path(id), ignored);
}

void UploadStore::remove(const std::string& id) {
  std::error_code ignored;
  fs::remove(facts_path(id), ignored);
  fs::remove(bytes_path(id), ignored);
}

std::vector<Upload> UploadStore::all() const {
  std::vector<Upload> uploads;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (entry.path().extension() != ".json") continue;
    if (auto upload = find(entry.path().stem().string())) uploads.push_back(*std::move(upload));
  }
  return uploads;
}

std::size_t UploadStore::sweep(core::Time now) {
  std::size_t removed = 0;
  for (const auto& upload : all()) {
    if (upload.expires >= now) continue;
    const auto held = lock(upload.id);
    if (!held) continue;
    remove(upload.id);
    ++removed;
  }
  // Bytes of an upload whose making was cut short.
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const auto id = entry.path().stem().string();
    if (entry.path().extension() != ".part" || fs::exists(facts_path(id))) continue;
    std::error_code error;
    const auto changed = fs::last_write_time(entry.path(), error);
    if (!error && fs::file_time_type::clock::now() - changed > std::chrono::hours(1)) remove(id);
  }
  return removed;
}

}  // namespace chasqui::store
