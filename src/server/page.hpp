#pragma once

#include "jobs/job.hpp"
#include "server/cutter.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chasqui::server {

/// What the page of finished episodes shows.
struct FrontPage {
  std::vector<jobs::Job> episodes;
  bool more = false;  ///< there are older ones
  std::string search;
  bool open_submit = false;
};

// Pages in Spanish, whole without JavaScript, small: no file but this one is fetched to show them.

/// At most 14 kB with its header; what does not fit is on the next page.
std::string front_page(const FrontPage& page);
/// One episode, waiting, at work, done or failed; loads itself again until it has ended.
/// `pieces`: shown when there are several.
std::string episode_page(const jobs::Job& job, const std::vector<PieceFacts>& pieces, core::Time now);
std::string problem_page(unsigned status, std::string_view title, std::string_view detail);

}  // namespace chasqui::server
