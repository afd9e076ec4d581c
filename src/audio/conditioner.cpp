#include "audio/conditioner.hpp"

#include "audio/condition_source.hpp"

#include <utility>

namespace chasqui::audio {

ConditionedEpisode condition(const std::filesystem::path& input, const ConditionOptions& options,
                             core::ThreadPool& pool) {
  DecoderOptions decoder_options = options.decoder;
  if (!decoder_options.stop.stop_possible()) decoder_options.stop = options.stop;
  Decoder decoder = value_or_throw(Decoder::open(input, std::move(decoder_options)));
  if (options.on_open) options.on_open(decoder.info());
  const PcmSource source{.name = input.string(),
                         .pull = [&decoder](std::span<float> mono) { return value_or_throw(decoder.read(mono)); }};
  return Conditioner::run(source, decoder.info(), [&decoder] { return decoder.stats(); }, options, pool);
}

}  // namespace chasqui::audio
