#include "server/hosts.hpp"

#include "server/settings.hpp"

#include <gtest/gtest.h>

#include <array>

namespace chasqui::server {
namespace {

Settings at(const char* address, bool open, std::vector<std::string> hosts = {}) {
  Settings settings;
  settings.address = address;
  settings.open_submit = open;
  settings.hosts = std::move(hosts);
  return settings;
}

TEST(Hosts, OfThisMachineAndThoseThatAreNamed) {
  struct Row {
    std::string_view host;
    bool allowed;
  };
  constexpr std::array rows{Row{"localhost", true},
                            Row{"LocalHost:8080", true},
                            Row{"localhost.:8080", true},
                            Row{"app.localhost", true},
                            Row{"127.0.0.1", true},
                            Row{"127.0.0.1:8080", true},
                            Row{"[::1]", true},
                            Row{"[::1]:8080", true},
                            Row{"192.168.1.5:8080", true},
                            Row{"Aula.local:8080", true},
                            Row{"aula.local.", true},
                            Row{"evil.example", false},
                            Row{"evil.example:8080", false},
                            Row{"localhost.evil.example", false},
                            Row{"127.0.0.1.evil.example", false},
                            Row{"evillocalhost", false},
                            Row{"sub.aula.local", false},
                            Row{"[evil.example]", false},
                            Row{"[", false},
                            Row{"", false},
                            Row{":8080", false}};
  const Hosts hosts(at("127.0.0.1", true, {"aula.local"}));
  for (const auto& row : rows) EXPECT_EQ(hosts.allow(row.host), row.allowed) << row.host;
}

TEST(Hosts, WithoutAListOnlyAnOpenServiceOfThisMachineIsClosed) {
  struct Row {
    const char* address;
    bool open;
    std::vector<std::string> hosts;
    bool allowed;
  };
  const std::array rows{Row{"127.0.0.1", true, {}, false},
                        Row{"127.1.2.3", true, {}, false},
                        Row{"::1", true, {}, false},
                        Row{"127.0.0.1", false, {}, true},
                        Row{"0.0.0.0", true, {}, true},
                        Row{"192.168.1.5", true, {}, true},
                        Row{"::", true, {}, true},
                        Row{"127.0.0.1", true, {"*"}, true},
                        Row{"0.0.0.0", true, {"a.b"}, false},
                        Row{"0.0.0.0", false, {"a.b"}, false},
                        Row{"127.0.0.1", true, {"a.b"}, false}};
  for (const auto& row : rows)
    EXPECT_EQ(Hosts(at(row.address, row.open, row.hosts)).allow("evil.example"), row.allowed) << row.address;
}

TEST(Hosts, AListIsOfNames) {
  EXPECT_EQ(parse_hosts(""), std::vector<std::string>());
  EXPECT_EQ(parse_hosts(" Aula.local ,radio.example"), (std::vector<std::string>{"aula.local", "radio.example"}));
  EXPECT_EQ(parse_hosts("*"), std::vector<std::string>{"*"});
  for (const auto* wrong : {"https://radio.example", "radio.example:8080", "a,,b", "a b", "*.example", "año.example"})
    EXPECT_EQ(parse_hosts(wrong).error().code, Errc::config) << wrong;
}

}  // namespace
}  // namespace chasqui::server
