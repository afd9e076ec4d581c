#pragma once

#include "model/labels.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace chasqui::model {

/// A fold, 0 to `count` - 1, for every label. Labels that share a speaker or a source, directly or over others, share
/// their fold, so that a check hears nobody who was learnt from. A field that names several separates them by ';'; an
/// empty one shares nothing, and what has neither goes by its file. Folds are as even as the groups allow; with fewer
/// groups than folds some stay empty.
std::vector<std::size_t> make_folds(std::span<const Label> labels, std::size_t count);

}  // namespace chasqui::model
