#include "audio/decoder_child/probe.hpp"

#include "audio/decoder_child/announced.hpp"
#include "audio/decoder_child/av.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chasqui/error.hpp>
#include <string_view>
#include <vector>

extern "C" {
#include <libavutil/avstring.h>
}

namespace chasqui::audio::decoder_child {

const char* const allowed_formats =
    "3gp,aac,ac3,aiff,amr,ape,asf,au,avi,caf,dts,eac3,flac,flv,gsm,loas,m4a,matroska,mov,mp3,mp4,mpc,mpc8,mpeg,mpegts,"
    "ogg,rm,tak,tta,voc,w64,wav,webm,wv";

const char* const allowed_codecs =
    "aac,aac_latm,ac3,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,adpcm_swf,adpcm_yamaha,alac,amrnb,amrwb,ape,cook,dca,eac3,"
    "flac,g722,g723_1,g726,g726le,g729,gsm,gsm_ms,ilbc,mlp,mp1,mp1float,mp2,mp2float,mp3,mp3float,mpc7,mpc8,nellymoser,"
    "opus,pcm_alaw,pcm_bluray,pcm_dvd,pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_mulaw,pcm_s16be,pcm_s16be_planar,"
    "pcm_s16le,pcm_s16le_planar,pcm_s24be,pcm_s24le,pcm_s24le_planar,pcm_s32be,pcm_s32le,pcm_s32le_planar,pcm_s64be,"
    "pcm_s64le,pcm_s8,pcm_s8_planar,pcm_u16be,pcm_u16le,pcm_u24be,pcm_u24le,pcm_u32be,pcm_u32le,pcm_u8,qdm2,qdmc,"
    "ralf,real_144,real_288,sipr,speex,tak,truehd,tta,vorbis,wavpack,wmalossless,wmapro,wmav1,wmav2,wmavoice";

namespace {

constexpr std::array<std::size_t, 3> probe_bytes{std::size_t{16} << 10, std::size_t{128} << 10, std::size_t{1} << 20};

/// libav's marks: 25 is "perhaps, look at more", 50 as good as a file name's extension.
constexpr int certain_score = 50;
/// What a whole MP3 of very few frames gets; chance gets 1.
constexpr int lowest_score = 5;

struct Guess {
  const AVInputFormat* format = nullptr;
  int score = 0;
};

Guess guess(Input& input, std::size_t offset, std::size_t bytes) {
  const auto piece = input.peek(offset, bytes);
  std::vector<unsigned char> padded(piece.size() + AVPROBE_PADDING_SIZE);
  std::ranges::copy(piece, padded.begin());
  const AVProbeData data{
      .filename = "", .buf = padded.data(), .buf_size = static_cast<int>(piece.size()), .mime_type = {}};
  Guess guess;
  guess.format = av_probe_input_format3(&data, 1, &guess.score);
  return guess;
}

}  // namespace

const AVInputFormat* probe(Input& input) {
  // A large picture in a tag before the sound would else be all that the probe sees.
  const std::size_t offset = bytes_of_tags(input);
  Guess best;
  for (const std::size_t bytes : probe_bytes) {
    if (const Guess next = guess(input, offset, bytes); next.score >= best.score) best = next;
    if (best.score >= certain_score) break;
  }
  if (input.error() != 0) return nullptr;
  if (input.peek(0, 1).empty()) throw Failure(Errc::input_empty, "is empty (0 bytes)");
  if (best.format == nullptr || best.score < lowest_score)
    throw Failure(Errc::input_unsupported, "is not a sound or video file of a known format");
  if (av_match_list(best.format->name, allowed_formats, ',') == 0)
    throw Failure(Errc::input_unsupported, fmt::format("is of a format that is not supported ({})", best.format->name));
  return best.format;
}

int frames_to_trust(const AVInputFormat& format) {
  constexpr std::array<std::string_view, 9> raw{"mp3", "aac", "ac3", "eac3", "dts", "amr", "gsm", "loas", "mpeg"};
  return std::ranges::find(raw, std::string_view(format.name)) != raw.end() ? 6 : 1;
}

}  // namespace chasqui::audio::decoder_child
