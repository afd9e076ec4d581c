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

/// A whole recording as mono at quality::scoring_rate_hz: Ogg Opus as the listener's decoder gives it, anything else
/// through audio::Decoder. Throws Failure.
std::vector<float> load_sound(const std::filesystem::path& path, const opus::ListenerDecoder& listener,
                              const core::Config& config, const std::stop_token& stop);

}  // namespace chasqui::app
