#pragma once

#include "server/request.hpp"
#include "store/upload_store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The headers of tus 1.0 (https://tus.io/protocols/resumable-upload): what they mean, and nothing else.
namespace chasqui::server::tus {

inline constexpr std::string_view version = "1.0.0";
inline constexpr std::string_view extensions =
    "creation,creation-with-upload,expiration,checksum,termination,concatenation";
inline constexpr std::string_view algorithms = "sha1,sha256";
inline constexpr std::string_view content_type = "application/offset+octet-stream";

/// "filename bGVjY2lvbg==,quality Y2xlYXI=". Errc::usage.
Result<std::map<std::string, std::string, std::less<>>> parse_metadata(std::string_view header);
std::string metadata_text(const std::map<std::string, std::string>& metadata);

struct Concat {
  bool partial = false;
  std::vector<std::string> parts;  ///< ids; of a final one
};
/// "partial" or "final;/v1/uploads/a /v1/uploads/b", paths or whole addresses. Errc::usage.
Result<Concat> parse_concat(std::string_view header);

/// Decimal digits only.
std::optional<std::uint64_t> parse_number(std::optional<std::string_view> header);

}  // namespace chasqui::server::tus
