#include "store/s3_blob_store.hpp"

#include "core/sha256.hpp"
#include "store/s3_presign.hpp"
#include "store/temporary_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <utility>
#include <vector>

namespace chasqui::store {

class S3BlobStore::Held {
 public:
  Held(S3BlobStore& store, BlobId id) : store_(store), id_(std::move(id)) {
    std::unique_lock lock(store_.mutex_);
    store_.released_.wait(lock, [this] { return !store_.held_.contains(id_); });
    store_.held_.insert(id_);
  }
  ~Held() {
    {
      const std::lock_guard lock(store_.mutex_);
      store_.held_.erase(id_);
    }
    store_.released_.notify_all();
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  S3BlobStore& store_;
  BlobId id_;
};

class S3BlobWriter final : public BlobWriter {
 public:
  explicit S3BlobWriter(S3BlobStore& store) : store_(store), file_(store.cache_.folder()) {}

  void write(std::span<const std::byte> bytes) override { file_.write(bytes); }
  [[nodiscard]] std::uint64_t size() const noexcept override { return file_.size(); }
  BlobFacts commit() override { return store_.put(file_.descriptor(), file_.sha256(), file_.size()); }

 private:
  S3BlobStore& store_;
  TemporaryFile file_;
};

namespace {

Error absent(const BlobId& id) {
  return {Errc::not_found, fmt::format("stored file {} is gone", id)};
}

}  // namespace

S3BlobStore::S3BlobStore(const S3BlobSettings& settings, const std::filesystem::path& cache,
                         std::filesystem::path corrupt, core::Clock clock)
    : settings_(settings),
      client_(settings.s3),
      cache_(cache, std::move(corrupt), settings.cache_bytes),
      clock_(std::move(clock)) {
  try {
    check();
  } catch (const Failure& failure) {
    if (failure.code() != Errc::busy) throw;
  }
}

void S3BlobStore::check() {
  if (counted_) return;
  const std::unique_lock counting(counting_, std::try_to_lock);
  if (!counting.owns_lock()) throw Failure(Errc::busy, "the S3 server has not been reached yet; see s3.endpoint");
  auto once = settings_.s3;
  once.retry_time = std::chrono::seconds(0);
  S3Client client(once);
  std::uint64_t bytes = 0;
  client.list(key(""), [&bytes](const S3Object& object) { bytes += object.bytes; });
  used_ += bytes;
  counted_ = true;
}

std::unique_ptr<BlobWriter> S3BlobStore::create() {
  return std::make_unique<S3BlobWriter>(*this);
}

BlobFacts S3BlobStore::put(int file, const BlobId& id, std::uint64_t bytes) {
  const Held held(*this, id);
  const auto before = client_.head(key(id));
  client_.put(key(id), file, bytes);
  less_used(before ? before->bytes : 0);
  used_ += bytes;
  cache_.add(file, id);
  return {id, bytes};
}

BlobFacts S3BlobStore::adopt(const std::filesystem::path& file) {
  const core::UniqueFd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts{};
  if (!opened.valid() || ::fstat(opened.get(), &facts) != 0) fail_on(file, "open", errno);
  const auto id = sha256_of(opened.get());
  if (id.empty()) fail_on(file, "read", errno);
  return put(opened.get(), id, static_cast<std::uint64_t>(facts.st_size));
}

Result<BlobFacts> S3BlobStore::stat(const BlobId& id) {
  if (!is_blob_id(id)) return std::unexpected(absent(id));
  try {
    const auto object = client_.head(key(id));
    if (!object) return std::unexpected(absent(id));
    return BlobFacts{id, object->bytes};
  } catch (const Failure& failure) {
    return std::unexpected(failure.error());
  }
}

Result<std::shared_ptr<const OpenBlob>> S3BlobStore::open(const BlobId& id) {
  if (!is_blob_id(id)) return std::unexpected(absent(id));
  try {
    const Held held(*this, id);
    if (auto copy = cache_.open(id)) return copy;
    return fetch(id);
  } catch (const Failure& failure) {
    return std::unexpected(failure.error());
  }
}

Result<std::shared_ptr<const OpenBlob>> S3BlobStore::fetch(const BlobId& id) {
  std::uint64_t bytes = 0;
  // Twice, for it may have been damaged on its way.
  for (int attempt = 0; attempt < 2; ++attempt) {
    TemporaryFile file(cache_.folder());
    if (!client_.get(key(id), [&](std::span<const std::byte> block) { file.write(block); }))
      return std::unexpected(absent(id));
    bytes = file.size();
    if (file.sha256() != id) continue;
    cache_.add(file.descriptor(), id);
    auto blob = std::make_shared<OpenBlob>();
    blob->facts = {id, bytes};
    blob->file = file.release();
    return blob;
  }
  set_aside(id, bytes);
  return std::unexpected(Error{
      Errc::storage_corrupt, fmt::format("stored file {} is damaged; it was set aside as {}corrupt/{} in the bucket {}",
                                         id, settings_.s3.prefix, id, settings_.s3.bucket)});
}

void S3BlobStore::set_aside(const BlobId& id, std::uint64_t bytes) {
  client_.copy(key(id), fmt::format("{}corrupt/{}", settings_.s3.prefix, id));
  client_.remove(key(id));
  less_used(bytes);
}

void S3BlobStore::less_used(std::uint64_t bytes) {
  used_ -= std::min<std::uint64_t>(used_, bytes);
}

void S3BlobStore::remove(const BlobId& id) {
  if (!is_blob_id(id)) return;
  const Held held(*this, id);
  cache_.remove(id);
  const auto object = client_.head(key(id));
  if (!object) return;
  client_.remove(key(id));
  less_used(object->bytes);
}

std::size_t S3BlobStore::sweep(const std::function<bool(const BlobId&)>& wanted, core::Time before) {
  std::vector<BlobId> old;
  std::uint64_t used = 0;
  const auto folder = key("");
  client_.list(folder, [&](const S3Object& object) {
    used += object.bytes;
    auto id = object.key.substr(folder.size());
    if (is_blob_id(id) && object.modified < before) old.push_back(std::move(id));
  });
  used_ = used;
  std::size_t removed = 0;
  for (const auto& id : old) {
    if (wanted(id)) continue;
    // It may have been put again since it was listed.
    const auto object = client_.head(key(id));
    if (!object || object->modified >= before) continue;
    remove(id);
    ++removed;
  }
  for (const auto& upload : client_.unfinished(folder)) {
    if (upload.begun < before) client_.give_up(upload);
  }
  return removed;
}

std::string S3BlobStore::link_to(const BlobId& id, const Presentation& presentation) const {
  return presigned(
      client_.address(), settings_.s3.region, read_credentials(settings_.s3.keys), presentation.method, key(id),
      {{"response-content-type", presentation.media_type}, {"response-content-disposition", presentation.disposition}},
      clock_(), settings_.link_lifetime);
}

}  // namespace chasqui::store
