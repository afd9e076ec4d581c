#pragma once

#include "jobs/job.hpp"

#include <boost/json/object.hpp>

#include <optional>

namespace chasqui::server {

/// How long `bytes` take on 2G as it is met in the field: EDGE at 40 kb/s.
double seconds_at_2g(std::uint64_t bytes) noexcept;

/// Seconds that the work will still take, by how far it has come; nothing before that can be said.
std::optional<double> seconds_left(const jobs::Job& job, core::Time now);

/// The schema Episode of docs/openapi.yaml.
boost::json::object episode_json(const jobs::Job& job, core::Time now);

/// As it is shown to people; never empty.
std::string title_of(const jobs::Job& job);

/// To thousandths.
double rounded(double value) noexcept;

/// "lesson.mp3" becomes "lesson.opus"; for Content-Disposition and the page. Never empty, no path.
std::string download_name(const jobs::Job& job, std::string_view format);

}  // namespace chasqui::server
