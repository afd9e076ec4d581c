#include "audio/versions.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswresample/swresample.h>
}

#include <ebur128.h>
#include <fftw3.h>
#include <fmt/format.h>

namespace chasqui::audio {

std::vector<std::pair<std::string, std::string>> library_versions() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  ebur128_get_version(&major, &minor, &patch);
  const auto libav = [](unsigned version) {
    return fmt::format("{}.{}.{}", version >> 16U, version >> 8U & 0xFFU, version & 0xFFU);
  };
  return {{"libavformat", libav(avformat_version())},
          {"libavcodec", libav(avcodec_version())},
          {"libswresample", libav(swresample_version())},
          {"libebur128", fmt::format("{}.{}.{}", major, minor, patch)},
          {"libfftw3f", fftwf_version}};
}

bool has_rnnoise() noexcept {
#ifdef CHASQUI_HAVE_RNNOISE
  return true;
#else
  return false;
#endif
}

}  // namespace chasqui::audio
