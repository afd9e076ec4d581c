#include "core/sha256.hpp"

#include <gtest/gtest.h>

#include <chasqui/error.hpp>

namespace chasqui::core {
namespace {

// FIPS 180-4 example "abc".
TEST(Sha256, MatchesThePublishedExample) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span("abc", 3)));
  EXPECT_EQ(hash.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, OfAFileEndsWhenAStopIsRequested) {
  std::stop_source stop;
  const auto whole = sha256_of_file("/proc/self/exe", stop.get_token());
  EXPECT_EQ(whole, sha256_of_file("/proc/self/exe"));
  stop.request_stop();
  try {
    const auto hash = sha256_of_file("/proc/self/exe", stop.get_token());
    FAIL() << hash;
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), Errc::cancelled);
  }
}

}  // namespace
}  // namespace chasqui::core
