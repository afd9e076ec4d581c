// What every store::BlobStore must do.
#include "contract/temporary_folder.hpp"
#include "core/sha256.hpp"
#include "store/blob_reader.hpp"
#include "store/file_blob_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <thread>

namespace chasqui::store {
namespace {

using namespace std::chrono_literals;

struct Backend {
  virtual ~Backend() = default;
  virtual BlobStore& blobs() = 0;
  /// Changes one byte of a blob behind the store's back.
  virtual void damage(const BlobId& id) = 0;
  /// Another one on the same data.
  virtual std::unique_ptr<BlobStore> reopened() = 0;
  test::TemporaryFolder folder;
};

struct FileBackend final : Backend {
  FileBackend() {
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

using MakeBackend = std::unique_ptr<Backend> (*)();

class BlobStoreContract : public testing::TestWithParam<MakeBackend> {
 protected:
  std::unique_ptr<Backend> backend = GetParam()();
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

INSTANTIATE_TEST_SUITE_P(File, BlobStoreContract, testing::Values<MakeBackend>([]() -> std::unique_ptr<Backend> {
                           return std::make_unique<FileBackend>();
                         }));

}  // namespace
}  // namespace chasqui::store
