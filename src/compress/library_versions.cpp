#include "compress/library_versions.hpp"

#include "audio/versions.hpp"
#include "opus/decoder.hpp"
#include "opus/encoder.hpp"

namespace chasqui::compress {

std::vector<std::pair<std::string, std::string>> library_versions() {
  auto versions = audio::library_versions();
  versions.emplace_back("libopus", opus::library_version());
  return versions;
}

std::vector<std::pair<std::string, bool>> features() {
  const auto decoder = opus::decoder_features();
  return {{"rnnoise", audio::has_rnnoise()},
          {"lace", decoder.lace},
          {"nolace", decoder.nolace},
          {"bandwidth_extension", decoder.bandwidth_extension}};
}

}  // namespace chasqui::compress
