#include "audio/decoder_child/av.hpp"
#include "audio/decoder_child/frame_writer.hpp"
#include "audio/decoder_child/input.hpp"
#include "audio/decoder_child/sandbox.hpp"
#include "audio/decoder_child/session.hpp"
#include "audio/decoder_protocol.hpp"

#include <charconv>
#include <chasqui/error.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <span>
#include <string_view>
#include <sysexits.h>
#include <unistd.h>

namespace {

namespace child = chasqui::audio::decoder_child;
namespace protocol = chasqui::audio::protocol;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Arguments {
  std::uint64_t version = 0;
  pid_t parent = 0;
  std::chrono::seconds longest{};
  std::uint64_t memory_bytes = 0;
};

std::optional<Arguments> parse(std::span<char*> words) {
  if (words.size() != 5) return std::nullopt;
  const auto version = number(words[1]);
  const auto parent = number(words[2]);
  const auto longest = number(words[3]);
  const auto memory = number(words[4]);
  if (!version || !parent || !longest || !memory) return std::nullopt;
  return Arguments{*version, static_cast<pid_t>(*parent), std::chrono::seconds(*longest), *memory};
}

/// Even the slowest codecs decode many times faster than the sound lasts.
std::uint64_t cpu_seconds(std::chrono::seconds longest) {
  return 60 + static_cast<std::uint64_t>(longest.count()) / 8;
}

/// Containers with dates make libav call localtime, and glibc would open the time zone's file. A zone that is spelled
/// out and already in force needs no file.
void fix_time_zone() {
  ::setenv("TZ", "UTC0", 1);  // NOLINT(concurrency-mt-unsafe): this process has one thread
  ::tzset();
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = parse({argv, static_cast<std::size_t>(argc)});
  if (!arguments) {
    std::fputs("chasqui-decode is a part of chasqui, which starts it; it is of no use alone\n", stderr);
    return EX_USAGE;
  }
  const child::FrameWriter writer(protocol::output_fd);
  try {
    if (arguments->version != protocol::version)
      throw chasqui::Failure(chasqui::Errc::unavailable,
                             "the decoder program is of another version of Chasqui; install Chasqui again");
    child::Input input(protocol::input_fd);
    fix_time_zone();
    child::enter_sandbox({arguments->memory_bytes, cpu_seconds(arguments->longest)}, arguments->parent);
    av_log_set_level(AV_LOG_QUIET);
    child::serve(input, writer, arguments->longest);
  } catch (const chasqui::Failure& failure) {
    writer.write(protocol::FrameType::error, protocol::encode(failure.error()));
  }
  // The parent has all it needs; what a hostile input made of this process is not worth tearing down.
  ::_exit(EX_OK);
}
