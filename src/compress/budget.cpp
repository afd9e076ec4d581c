#include "compress/budget.hpp"

#include <algorithm>
#include <cmath>

namespace chasqui::compress {
namespace {

constexpr double first_quality = 3.0;
constexpr double mos_per_octave = 1.6;  // of bytes; over whole episodes from 2.4 to 3.6
constexpr double full_enough = 0.97;
constexpr double aim = 0.985;
constexpr int most_tries = 5;

double octaves(std::uint64_t bytes, double wanted) noexcept {
  return std::log2(wanted / static_cast<double>(bytes));
}

}  // namespace

std::optional<double> BudgetSearch::next() const noexcept {
  const double wanted = aim * static_cast<double>(budget_);
  if (!fits_ && !too_big_) return first_quality;
  if (fits_ && (static_cast<double>(fits_->bytes) >= full_enough * static_cast<double>(budget_) ||
                fits_->quality >= highest_quality || tries_ >= most_tries))
    return std::nullopt;
  if (!fits_ && (too_big_->quality <= lowest_quality)) return std::nullopt;
  if (!fits_ && tries_ >= most_tries) return lowest_quality;
  double quality = 0;
  if (fits_ && too_big_) {
    const double share = octaves(fits_->bytes, wanted) / octaves(fits_->bytes, static_cast<double>(too_big_->bytes));
    quality = std::lerp(fits_->quality, too_big_->quality, std::clamp(share, 0.1, 0.9));
  } else {
    const Try& known = fits_ ? *fits_ : *too_big_;
    quality = known.quality + mos_per_octave * octaves(known.bytes, wanted);
  }
  return std::clamp(quality, lowest_quality, highest_quality);
}

bool BudgetSearch::tried(double quality, std::uint64_t bytes) noexcept {
  ++tries_;
  if (bytes > budget_) {
    if (!too_big_ || quality < too_big_->quality) too_big_ = {quality, bytes};
    return false;
  }
  if (fits_ && quality <= fits_->quality) return false;
  fits_ = {quality, bytes};
  return true;
}

}  // namespace chasqui::compress
