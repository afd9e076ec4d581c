#include "audio/wav_writer.hpp"

#include "core/pcm.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chasqui/error.hpp>
#include <cstring>

namespace chasqui::audio {
namespace {

static_assert(std::endian::native == std::endian::little, "WAV is little-endian");

constexpr std::uint64_t header_bytes = 44;
constexpr std::uint64_t most_samples = (0xFFFFFFFFULL - header_bytes) / sizeof(std::int16_t);

/// The canonical header: RIFF, a 16-byte `fmt ` chunk for PCM, `data`
/// (Multimedia Programming Interface and Data Specifications 1.0, 1991).
struct Header {
  std::array<char, 4> riff{'R', 'I', 'F', 'F'};
  std::uint32_t riff_bytes = 0;
  std::array<char, 8> wave_fmt{'W', 'A', 'V', 'E', 'f', 'm', 't', ' '};
  std::uint32_t fmt_bytes = 16;
  std::uint16_t pcm = 1;
  std::uint16_t channels = 1;
  std::uint32_t sample_rate_hz = 0;
  std::uint32_t bytes_per_second = 0;
  std::uint16_t bytes_per_frame = sizeof(std::int16_t);
  std::uint16_t bits_per_sample = 16;
  std::array<char, 4> data{'d', 'a', 't', 'a'};
  std::uint32_t data_bytes = 0;
};
static_assert(sizeof(Header) == header_bytes);

Header header_for(std::uint64_t samples, int sample_rate_hz) {
  Header header;
  header.sample_rate_hz = static_cast<std::uint32_t>(sample_rate_hz);
  header.bytes_per_second = header.sample_rate_hz * header.bytes_per_frame;
  header.data_bytes = static_cast<std::uint32_t>(samples * sizeof(std::int16_t));
  header.riff_bytes = header.data_bytes + static_cast<std::uint32_t>(header_bytes - 8);
  return header;
}

}  // namespace

WavWriter::WavWriter(const std::filesystem::path& target) : file_(target), target_(target) {
  const Header empty;
  file_.write(std::as_bytes(std::span(&empty, 1)));
}

void WavWriter::write(std::span<const std::int16_t> samples) {
  samples_ += samples.size();
  if (samples_ > most_samples)
    throw Failure(Errc::output_unwritable, target_.string() + ": longer than the 12.4 hours that a WAV file can hold");
  file_.write(std::as_bytes(samples));
}

void WavWriter::commit() {
  const Header header = header_for(samples_, core::sample_rate_hz);
  file_.write_at(std::as_bytes(std::span(&header, 1)), 0);
  file_.commit();
}

std::vector<std::byte> wav_bytes(std::span<const std::int16_t> samples, int sample_rate_hz) {
  const Header header = header_for(samples.size(), sample_rate_hz);
  const auto first = std::as_bytes(std::span(&header, 1));
  const auto rest = std::as_bytes(samples);
  std::vector<std::byte> bytes(first.size() + rest.size());
  std::ranges::copy(rest, std::ranges::copy(first, bytes.begin()).out);
  return bytes;
}

}  // namespace chasqui::audio
