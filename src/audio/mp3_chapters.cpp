#include "audio/mp3_chapters.hpp"

#include "core/pcm.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <chasqui/error.hpp>

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/mem.h>
}

namespace chasqui::audio {

void add_mp3_chapters(AVFormatContext* format, std::span<const Chapter> chapters) {
  chapters = chapters.first(std::min(chapters.size(), most_mp3_chapters));
  if (chapters.empty()) return;
  format->chapters = static_cast<AVChapter**>(av_calloc(chapters.size(), sizeof(AVChapter*)));
  for (const Chapter& chapter : chapters) {
    auto* added = format->chapters == nullptr ? nullptr : static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
    if (added == nullptr) throw Failure(Errc::internal, "libav is out of memory");
    format->chapters[format->nb_chapters] = added;  // the format's from here on
    ++format->nb_chapters;
    added->id = format->nb_chapters;
    added->time_base = {1, core::sample_rate_hz};
    added->start = chapter.begin;
    added->end = std::max(chapter.end, chapter.begin);
    // What is not UTF-8 could not become ID3's UTF-16, and the whole header would fail.
    if (av_dict_set(&added->metadata, "title", core::as_utf8(chapter.title).c_str(), 0) < 0)
      throw Failure(Errc::internal, "libav is out of memory");
  }
}

}  // namespace chasqui::audio
