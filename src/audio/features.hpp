#pragma once

#include "audio/segment.hpp"

#include <span>

namespace chasqui::audio {

/// Features of one piece of mono PCM at core::sample_rate_hz, in full-scale units (+-1). Any length, also 0 and digital
/// silence: every value is finite. Pure; the same bits from any thread; about 1 ms per second of sound at most.
Features extract_features(std::span<const float> mono);

/// The class of a piece from its features, by a small logistic model whose constants classifier.cpp lists. Meant for
/// pieces of 4 s or more that went through the high-pass; whatever is not clearly music or mixed is speech.
SegmentClass classify(const Features& features) noexcept;

}  // namespace chasqui::audio
