#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace chasqui::dsp {

/// A filter that keeps every `factor`-th output: out[i] = the sum over t of filter[t] * sound[i * factor + t]. A sum's
/// value does not depend on how many are asked for at once. `scratch` is only kept to be used again.
/// Precondition: the sound has at least (out.size() - 1) * factor + filter.size() samples, or out is empty.
void decimate(std::span<const float> sound, std::size_t factor, std::span<const float> filter, std::span<float> out,
              std::vector<float>& scratch);

}  // namespace chasqui::dsp
