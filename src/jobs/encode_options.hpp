#pragma once

#include <boost/json/fwd.hpp>

#include <chasqui/error.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace chasqui::jobs {

/// What can be asked of a compression: the options of `chasqui compress`, as the API names them.
struct EncodeOptions {
  std::string format = "opus";  ///< opus, webm, caf, mp3
  double bitrate_kbps = 0;      ///< 0: the default of the format
  double quality = 0;           ///< least MOS, 1.5..4.2; 0: not asked for
  std::uint64_t budget_bytes = 0;
  std::string denoise = "auto";   ///< auto, on, off
  std::string decoder = "stock";  ///< stock, enhanced
  bool condition = true;
  bool trim_pauses = false;
};

/// Takes texts, as of a form or a query: `{"quality": "clear", "bitrate": "10"}`. What is unknown, wrong or does not go
/// together is Errc::usage, naming the option and what would be right.
Result<EncodeOptions> parse_options(const std::map<std::string, std::string, std::less<>>& texts);

/// The same for a JSON object, whose values are numbers, booleans or texts.
Result<std::map<std::string, std::string, std::less<>>> option_texts(const boost::json::object& object);

/// One text for one meaning; parse_canonical reads it back. Equal options have equal texts.
std::string canonical(const EncodeOptions& options);
EncodeOptions parse_canonical(std::string_view text);

/// The same episode in another format. `spent_kbps`: what the episode came to. CAF and MP3 know only constant bitrates,
/// which must do for the worst part of an episode: CAF gets a third more than was spent, MP3 the rate nearest to three
/// times that.
EncodeOptions in_format(EncodeOptions options, const std::string& format, double spent_kbps);

/// Whether `name` is an option's.
bool is_option(std::string_view name) noexcept;

}  // namespace chasqui::jobs
