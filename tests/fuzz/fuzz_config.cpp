#include "core/config.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

/// A text that is refused must say why; one that is taken must leave every value valid.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace core = chasqui::core;
  core::Config config;
  const auto done = config.merge_text({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!done && done.error().message.empty()) std::abort();
  if (!done) return 0;
  for (const auto& key : core::config_table()) {
    core::Config again;
    if (!again.set(key.name, config.text(key.name), "again")) std::abort();
  }
  return 0;
}
