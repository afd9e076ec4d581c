#pragma once

#include "core/clock.hpp"
#include "core/unique_fd.hpp"

#include <chasqui/error.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace chasqui::store {

/// A blob's name: the SHA-256 of its bytes, 64 lower-case hexadecimal digits.
using BlobId = std::string;
bool is_blob_id(std::string_view text) noexcept;

struct BlobFacts {
  BlobId id;
  std::uint64_t bytes = 0;
};

/// A blob opened for reading, whose bytes were found to be those of its name. It stays readable when the blob is
/// removed.
struct OpenBlob {
  BlobFacts facts;
  core::UniqueFd file;
};

/// Takes bytes in; nothing is left of it unless committed.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;
  /// Throws Failure (disk_full, output_unwritable).
  virtual void write(std::span<const std::byte> bytes) = 0;
  [[nodiscard]] virtual std::uint64_t size() const noexcept = 0;
  /// When it returns the blob is stored under its name. The same bytes twice are one blob. Throws Failure as `write`
  /// does, and busy when the storage is out of reach: then it may be called again.
  virtual BlobFacts commit() = 0;
};

/// What a link should make of a blob for those who follow it.
struct Presentation {
  std::string method;  ///< of the request: GET or HEAD
  std::string media_type;
  std::string disposition;  ///< value of Content-Disposition
};

/// Files by their content. For any thread. What is in it never changes, it only comes and goes; who refers to what is
/// known elsewhere, and `sweep` is told.
class BlobStore {
 public:
  virtual ~BlobStore() = default;

  virtual std::unique_ptr<BlobWriter> create() = 0;
  /// Makes a blob of a file on the same filesystem, which must not be written any more; its own name stays.
  virtual BlobFacts adopt(const std::filesystem::path& file) = 0;
  /// Whether it is there, and how large; its bytes are not looked at. not_found; busy: the storage is out of reach.
  virtual Result<BlobFacts> stat(const BlobId& id) = 0;
  /// not_found; busy: the storage is out of reach; storage_corrupt: the bytes are not those of the name; the blob is
  /// then set aside and no longer found.
  virtual Result<std::shared_ptr<const OpenBlob>> open(const BlobId& id) = 0;
  /// Absent is fine.
  virtual void remove(const BlobId& id) = 0;
  /// Removes blobs for which `wanted` says no, older than `before` by their time of change. Answers how many.
  virtual std::size_t sweep(const std::function<bool(const BlobId&)>& wanted, core::Time before) = 0;
  /// Whether others can fetch blobs past this process, by `link_to`.
  [[nodiscard]] virtual bool gives_links() const { return false; }
  /// A URL that gives the blob, for a while, to whoever has it. Precondition: gives_links().
  [[nodiscard]] virtual std::string link_to(const BlobId& id, const Presentation& presentation) const;
  /// Throws Failure as long as the storage has not been reached since this process began, and tries.
  virtual void check() {}
  /// Of all blobs together.
  [[nodiscard]] virtual std::uint64_t used_bytes() const = 0;
};

}  // namespace chasqui::store
