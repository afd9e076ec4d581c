#include "app/progress_bar.hpp"

#include "app/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace chasqui::app {

ProgressBar::ProgressBar(std::string_view label) : label_(printable(label)), enabled_(::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
}

void ProgressBar::show(double fraction) {
  const auto now = Clock::now();
  if (!enabled_ || now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  drawn_ = true;
  constexpr int width = 30;
  const double share = std::clamp(fraction, 0.0, 1.0);
  const auto full = static_cast<int>(std::lround(share * width));
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const std::string left = share > 0.02 ? duration_text(elapsed / share - elapsed) + " left" : "";
  fmt::print(stderr, "\r\x1b[K{} [{:#<{}}{:.<{}}] {:3.0f} %  {}", label_, "", full, "", width - full, share * 100,
             left);
  std::fflush(stderr);
}

}  // namespace chasqui::app
