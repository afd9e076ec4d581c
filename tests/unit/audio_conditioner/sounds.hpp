#pragma once

#include <cstddef>
#include <span>
#include <vector>

/// Sounds that the tests make, or decode from what Debian ships, as mono floats at 48 kHz.
namespace chasqui::audio::sounds {

using Sound = std::vector<float>;

Sound sine(double hz, double amplitude, double seconds, double phase_rad = 0);
/// White, the same each time for the same seed.
Sound noise(double rms, double seconds, unsigned seed = 1);
Sound silence(double seconds);
/// Real Spanish speech (asterisk-core-sounds-es-g722), at most 40 s.
Sound speech(double seconds);
/// Real music (wesnoth-1.16-music), at most 40 s.
Sound music(double seconds);

Sound operator+(Sound a, const Sound& b);  // mixed; the shorter counts as followed by silence
Sound operator*(double gain, Sound sound);
Sound joined(std::initializer_list<Sound> sounds);
Sound interleaved(const Sound& left, const Sound& right);

double rms(std::span<const float> sound);
double decibels(double ratio);

}  // namespace chasqui::audio::sounds
