// What every store::BlobStore must do.
#include "contract/s3_server.hpp"
#include "core/sha256.hpp"
#include "store/blob_reader.hpp"
#include "store/file_blob_store.hpp"
#include "store/s3_blob_store.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <fstream>
#include <memory>
#include <thread>
#include <unistd.h>

namespace chasqui::store {
namespace {

using namespace std::chrono_literals;

struct BlobBackend {
  virtual ~BlobBackend() = default;
  virtual BlobStore& blobs() = 0;
  /// Changes one byte of a blob behind the store's back.
  virtual void damage(const BlobId& id) = 0;
  /// Another one on the same data.
  virtual std::unique_ptr<BlobStore> reopened() = 0;
  test::TemporaryFolder folder;
};

struct FileBlobBackend final : BlobBackend {
  FileBlobBackend() {
    std::filesystem::create_directory(folder.path() / "blobs");
    std::filesystem::create_directory(folder.path() / "corrupt");
    store = std::make_unique<FileBlobStore>(folder.path() / "blobs", folder.path() / "corrupt");
  }
  BlobStore& blobs() override { return *store; }
  void damage(const BlobId& id) override {
    std::fstream file(store->path(id), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(1);
    file.put('!');
  }
  std::unique_ptr<BlobStore> reopened() override {
    return std::make_unique<FileBlobStore>(folder.path() / "blobs", folder.path() / "corrupt");
  }
  std::unique_ptr<FileBlobStore> store;
};

/// One server for all tests of the process; each has a prefix of its own.
test::S3Server& s3_server() {
  static test::S3Server server;
  return server;
}

struct S3BlobBackend final : BlobBackend {
  S3BlobBackend() {
    settings.s3 = s3_server().settings();
    store = make("cache");
  }
  std::unique_ptr<S3BlobStore> make(const char* cache) {
    std::filesystem::create_directories(folder.path() / cache);
    std::filesystem::create_directories(folder.path() / "corrupt");
    return std::make_unique<S3BlobStore>(settings, folder.path() / cache, folder.path() / "corrupt");
  }
  BlobStore& blobs() override { return *store; }
  void damage(const BlobId& id) override {
    S3Client client(settings.s3);
    const core::UniqueFd file(::open(folder.path().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    ASSERT_TRUE(client.get(store->key(id), [&](std::span<const std::byte> bytes) {
      ASSERT_EQ(::write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }));
    ASSERT_EQ(::pwrite(file.get(), "!", 1, 1), 1);
    client.put(store->key(id), file.get(), static_cast<std::uint64_t>(::lseek(file.get(), 0, SEEK_END)));
    std::filesystem::remove(folder.path() / "cache" / id.substr(0, 2) / id);
  }
  std::unique_ptr<BlobStore> reopened() override { return make("other"); }
  S3BlobSettings settings;
  std::unique_ptr<S3BlobStore> store;
};

using MakeBlobBackend = std::unique_ptr<BlobBackend> (*)();

class BlobStoreContract : public testing::TestWithParam<MakeBlobBackend> {
 protected:
  std::unique_ptr<BlobBackend> backend = GetParam()();
  BlobStore& blobs = backend->blobs();

  BlobFacts put(std::string_view text) {
    const auto writer = blobs.create();
    // In two pieces, as bytes come.
    writer->write(std::as_bytes(std::span(text.substr(0, text.size() / 2))));
    writer->write(std::as_bytes(std::span(text.substr(text.size() / 2))));
    return writer->commit();
  }
  std::string got(const BlobId& id) { return read_text(*value_or_throw(blobs.open(id))); }
};

TEST_P(BlobStoreContract, GivesBackWhatWasPut) {
  const auto facts = put("la hoja");
  core::Sha256 sha;
  sha.update(std::as_bytes(std::span(std::string_view("la hoja"))));
  EXPECT_EQ(facts.id, sha.hex());
  EXPECT_EQ(facts.bytes, 7U);
  EXPECT_EQ(got(facts.id), "la hoja");
  EXPECT_EQ(read_text(*value_or_throw(backend->reopened()->open(facts.id))), "la hoja");
}

TEST_P(BlobStoreContract, TheSameBytesAreOneBlob) {
  EXPECT_EQ(put("x").id, put("x").id);
  EXPECT_EQ(blobs.used_bytes(), 1U);
  put("yy");
  EXPECT_EQ(blobs.used_bytes(), 3U);
  EXPECT_EQ(backend->reopened()->used_bytes(), 3U);
}

TEST_P(BlobStoreContract, WhatIsNotCommittedIsNotThere) {
  {
    const auto writer = blobs.create();
    writer->write(std::as_bytes(std::span(std::string_view("half"))));
    EXPECT_EQ(writer->size(), 4U);
  }
  EXPECT_EQ(blobs.used_bytes(), 0U);
  EXPECT_EQ(backend->reopened()->used_bytes(), 0U);
}

TEST_P(BlobStoreContract, TellsWhatIsThereWithoutReadingIt) {
  const auto id = put("abc").id;
  EXPECT_EQ(value_or_throw(blobs.stat(id)).bytes, 3U);
  EXPECT_EQ(blobs.stat(std::string(64, '0')).error().code, Errc::not_found);
  EXPECT_EQ(blobs.stat("../abc").error().code, Errc::not_found);
}

TEST_P(BlobStoreContract, NoBytesAreABlobToo) {
  const auto id = put("").id;
  EXPECT_EQ(got(id), "");
  EXPECT_EQ(read_text(*value_or_throw(backend->reopened()->open(id))), "");
}

TEST_P(BlobStoreContract, AdoptsAFile) {
  const auto file = backend->folder.path() / "made.opus";
  std::ofstream(file) << "made";
  EXPECT_EQ(got(blobs.adopt(file).id), "made");
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_P(BlobStoreContract, DamageIsNeverServed) {
  const auto id = put("abcdef").id;
  EXPECT_EQ(got(id), "abcdef");
  backend->damage(id);
  EXPECT_EQ(blobs.open(id).error().code, Errc::storage_corrupt);
  EXPECT_EQ(blobs.open(id).error().code, Errc::not_found) << "it was set aside";
  EXPECT_EQ(put("abcdef").id, id) << "and can be put again";
  EXPECT_EQ(got(id), "abcdef");
}

TEST_P(BlobStoreContract, PuttingAgainMendsDamage) {
  const auto id = put("abcdef").id;
  backend->damage(id);
  put("abcdef");
  EXPECT_EQ(got(id), "abcdef");
}

TEST_P(BlobStoreContract, WhatIsOpenOutlivesItsRemoval) {
  const auto id = put("abc").id;
  const auto open = value_or_throw(blobs.open(id));
  blobs.remove(id);
  blobs.remove(id);
  EXPECT_EQ(blobs.open(id).error().code, Errc::not_found);
  EXPECT_EQ(read_text(*open), "abc");
  EXPECT_EQ(blobs.used_bytes(), 0U);
}

TEST_P(BlobStoreContract, SweepsWhatIsUnwantedAndOld) {
  const auto kept = put("kept").id;
  const auto unwanted = put("unwanted").id;
  const auto wanted = [&](const BlobId& id) { return id == kept; };
  const auto now = core::system_clock()();
  EXPECT_EQ(blobs.sweep(wanted, now - 1h), 0U) << "it may just be on its way to be wanted";
  EXPECT_EQ(blobs.sweep(wanted, now + 1h), 1U);
  EXPECT_FALSE(blobs.open(unwanted));
  EXPECT_TRUE(blobs.open(kept));
}

TEST_P(BlobStoreContract, NamesThatAreNoneAreNotFound) {
  for (const auto* id : {"", "../../etc/passwd", "ABC", "0123"}) {
    EXPECT_EQ(blobs.open(id).error().code, Errc::not_found) << id;
    EXPECT_NO_THROW(blobs.remove(id));
  }
}

TEST_P(BlobStoreContract, ManyPutTheSameAtOnce) {
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([this] {
        for (int j = 0; j < 20; ++j) EXPECT_EQ(got(put(std::to_string(j)).id), std::to_string(j));
      });
  }
  EXPECT_EQ(blobs.used_bytes(), 30U);
}

INSTANTIATE_TEST_SUITE_P(File, BlobStoreContract,
                         testing::Values<MakeBlobBackend>([]() -> std::unique_ptr<BlobBackend> {
                           return std::make_unique<FileBlobBackend>();
                         }));

INSTANTIATE_TEST_SUITE_P(S3, BlobStoreContract, testing::Values<MakeBlobBackend>([]() -> std::unique_ptr<BlobBackend> {
                           return std::make_unique<S3BlobBackend>();
                         }));

}  // namespace
}  // namespace chasqui::store
