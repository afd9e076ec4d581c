#pragma once

#include "core/config.hpp"
#include "opus/decoder.hpp"
#include "opus/ogg_reader.hpp"

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace chasqui::app {

/// Whether the file begins as an Ogg stream whose first packet is an OpusHead.
bool is_ogg_opus(const std::filesystem::path& path);

/// The decoder of a listener by the name of the --decoder flag: "stock" or "enhanced" (NoLACE). Throws Failure(usage,
/// unavailable).
opus::ListenerDecoder listener_named(const std::string& name);

/// Ends the reading of a file with Failure(input_too_long) as soon as it has given more sound than is allowed, however
/// few bytes that takes.
class SoundLimit {
 public:
  /// That of the configuration.
  SoundLimit(std::filesystem::path path, const core::Config& config);
  /// To this, if it is less; `whose` ends the message.
  void lower(double longest_s, std::string whose);
  /// Samples at 48 kHz, per channel.
  void add(std::size_t samples);

 private:
  std::filesystem::path path_;
  double longest_s_;
  std::string whose_;
  std::size_t samples_ = 0;
};

/// A whole recording as mono at quality::scoring_rate_hz: Ogg Opus as the listener's decoder gives it, anything else
/// through audio::Decoder; no longer than can be compared. Throws Failure.
std::vector<float> load_sound(const std::filesystem::path& path, const opus::ListenerDecoder& listener,
                              const core::Config& config, const std::stop_token& stop);

}  // namespace chasqui::app
