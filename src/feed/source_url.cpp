#include "feed/source_url.hpp"

#include <curl/curl.h>
#include <memory>

namespace chasqui::feed {
namespace {

struct UrlDeleter {
  void operator()(CURLU* url) const noexcept { ::curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlDeleter>;

Url parsed(const std::string& text) {
  Url url(::curl_url());
  if (!url || ::curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return nullptr;
  return url;
}

std::string part(const Url& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (::curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return {};
  std::string copy(text);
  ::curl_free(text);
  return copy;
}

}  // namespace

Result<void> check_source_url(const std::string& text) {
  const auto wrong = [](const char* why) { return std::unexpected(Error{Errc::usage, why}); };
  const auto url =
      text.find('\0') == std::string::npos ? parsed(text) : nullptr;  // libcurl would see the part before it
  if (!url) return wrong("source_url: is not an address");
  const auto scheme = part(url, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return wrong("source_url: begins with http:// or https://");
  if (part(url, CURLUPART_HOST).empty()) return wrong("source_url: names no host");
  if (!part(url, CURLUPART_USER).empty() || !part(url, CURLUPART_PASSWORD).empty())
    return wrong("source_url: carries no user and no password");
  return {};
}

std::string file_name_of(const std::string& text) {
  const auto url = parsed(text);
  if (!url) return {};
  const auto path = part(url, CURLUPART_PATH, CURLU_URLDECODE);
  return path.substr(path.find_last_of('/') + 1);
}

}  // namespace chasqui::feed
