#pragma once

#include "contract/s3_server.hpp"
#include "core/random.hpp"
#include "core/sha256.hpp"
#include "store/blob_reader.hpp"
#include "store/s3_blob_store.hpp"
#include "support/temporary_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace chasqui::store {

/// Stores on a server of the test's own; each has an empty cache.
class S3Test : public testing::Test {
 protected:
  test::S3Server server;
  test::TemporaryFolder folder;
  S3BlobSettings settings = settings_of(server);
  int stores = 0;

  static S3BlobSettings settings_of(const test::S3Server& server) {
    S3BlobSettings all;
    all.s3 = server.settings();
    return all;
  }
  std::filesystem::path cache_of(int store) const { return folder.path() / std::to_string(store); }
  std::unique_ptr<S3BlobStore> make() {
    const auto cache = cache_of(stores++);
    std::filesystem::create_directories(cache);
    std::filesystem::create_directories(folder.path() / "corrupt");
    return std::make_unique<S3BlobStore>(settings, cache, folder.path() / "corrupt");
  }
  static BlobFacts put(BlobStore& store, std::string_view text) {
    const auto writer = store.create();
    writer->write(std::as_bytes(std::span(text)));
    return writer->commit();
  }
  static std::string got(BlobStore& store, const BlobId& id) { return read_text(*value_or_throw(store.open(id))); }
  /// `bytes` that are not all alike.
  static std::string noise(std::size_t bytes) {
    auto text = core::random_hex((bytes + 1) / 2);
    text.resize(bytes);
    return text;
  }
  std::size_t objects() {
    std::size_t count = 0;
    S3Client(settings.s3).list(settings.s3.prefix, [&](const S3Object&) { ++count; });
    return count;
  }
};

/// Whatever is thrown; fails when nothing is.
template <typename Action>
Error error_of(Action&& action) {
  try {
    action();
  } catch (const Failure& failure) {
    return failure.error();
  }
  ADD_FAILURE() << "it should fail";
  return {Errc::internal, ""};
}

}  // namespace chasqui::store
