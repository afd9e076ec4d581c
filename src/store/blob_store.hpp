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
  /// When it returns the blob is on disk under its name. The same bytes twice are one blob.
  virtual BlobFacts commit() = 0;
};

/// Files by their content. For any thread. What is in it never changes, it only comes and goes; who refers to what is
/// known elsewhere, and `sweep` is told.
class BlobStore {
 public:
  virtual ~BlobStore() = default;

  virtual std::unique_ptr<BlobWriter> create() = 0;
  /// Makes a blob of a file on the same filesystem, which must not be written any more; its own name stays.
  virtual BlobFacts adopt(const std::filesystem::path& file) = 0;
  /// not_found; storage_corrupt: the bytes are not those of the name; the blob is then set aside and no longer found.
  virtual Result<std::shared_ptr<const OpenBlob>> open(const BlobId& id) = 0;
  /// Absent is fine.
  virtual void remove(const BlobId& id) = 0;
  /// Removes blobs for which `wanted` says no, older than `before` by their time of change. Answers how many.
  virtual std::size_t sweep(const std::function<bool(const BlobId&)>& wanted, core::Time before) = 0;
  /// Of all blobs together.
  [[nodiscard]] virtual std::uint64_t used_bytes() const = 0;
};

}  // namespace chasqui::store
