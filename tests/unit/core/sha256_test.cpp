#include "core/sha256.hpp"

#include <gtest/gtest.h>

namespace chasqui::core {
namespace {

// FIPS 180-4 example "abc".
TEST(Sha256, MatchesThePublishedExample) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span("abc", 3)));
  EXPECT_EQ(hash.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace chasqui::core
