#include "feed/public_address.hpp"

#include <gtest/gtest.h>

namespace chasqui::feed {
namespace {

TEST(PublicAddress, Public) {
  for (const auto* address :
       {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
        "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
        "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00::1", "2001:200::1", "::ffff:1.1.1.1"})
    EXPECT_TRUE(is_public(std::string(address))) << address;
}

TEST(PublicAddress, NotPublic) {
  for (const auto* address : {"0.0.0.0",
                              "0.1.2.3",
                              "10.0.0.1",
                              "100.64.0.1",
                              "100.127.255.255",
                              "127.0.0.1",
                              "127.255.255.255",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.0.0.1",
                              "192.0.2.1",
                              "192.88.99.1",
                              "192.168.0.1",
                              "198.18.0.1",
                              "198.19.255.255",
                              "198.51.100.1",
                              "203.0.113.1",
                              "224.0.0.1",
                              "239.1.1.1",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::7f00:1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "::ffff:a9fe:a9fe",
                              "64:ff9b::7f00:1",
                              "64:ff9b:1::1",
                              "100::1",
                              "fc00::1",
                              "fd12::1",
                              "fe80::1",
                              "fec0::1",
                              "ff02::1",
                              "2001::1",
                              "2001:0:7f00:1::",
                              "2001:10::1",
                              "2001:db8::1",
                              "2002:7f00:1::",
                              "2002:a9fe:a9fe::1",
                              "3fff::1",
                              "4000::1"})
    EXPECT_FALSE(is_public(std::string(address))) << address;
}

TEST(PublicAddress, WhatIsNoAddressIsNotPublic) {
  for (const auto* text : {"", "localhost", "0x7f.1", "2130706433", "127.1", "1.1.1.1 ", "[::1]"})
    EXPECT_FALSE(is_public(std::string(text))) << text;
}

}  // namespace
}  // namespace chasqui::feed
