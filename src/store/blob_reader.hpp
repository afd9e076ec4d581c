#pragma once

#include "store/blob_store.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace chasqui::store {

/// Up to as many bytes as fit from `offset` of an open file; fewer only at its end. Throws Failure(input_unreadable).
std::size_t read_at(int file, std::uint64_t offset, std::span<std::byte> bytes);
/// Up to `length` bytes from `offset`; fewer only at the end. Throws Failure(input_unreadable).
std::vector<std::byte> read(const OpenBlob& blob, std::uint64_t offset, std::size_t length);
/// All of it; for small blobs.
std::string read_text(const OpenBlob& blob);
/// A name under which other code may open the blob while `blob` lives.
std::filesystem::path path_of(const OpenBlob& blob);

}  // namespace chasqui::store
