#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

// Sound for the tests of this folder: mono at 48 kHz, synthesized or decoded by ffmpeg from what Debian ships.
namespace chasqui::audio::testing {

std::size_t samples(double seconds);
std::vector<float> silence(double seconds);
std::vector<float> tone(double seconds, double hz, double amplitude = 0.3);
/// One impulse of 0.5 per period, low-passed by a decaying response as a voice's would be.
std::vector<float> pulse_train(double seconds, double hz);
/// White and uniform, RMS `rms`; the same every time.
std::vector<float> noise(double seconds, double rms = 0.05);
std::vector<float> operator+(std::vector<float> a, const std::vector<float>& b);
std::vector<float> joined(std::span<const std::vector<float>> parts);
/// White noise without anything above `hz` (a windowed sinc of 10 ms).
std::vector<float> low_passed_noise(double seconds, double hz);

/// At most `seconds` of a file, by the ffmpeg program; empty when it cannot be read.
std::vector<float> decode(const std::filesystem::path& file, double seconds = 60);

/// Real Spanish speech: all prompts of asterisk-core-sounds-es-g722 that last 5 s or longer and are speech.
std::vector<std::filesystem::path> spanish_prompts();
/// Music of wesnoth-1.16-music.
std::vector<std::filesystem::path> music_files();

}  // namespace chasqui::audio::testing
