#include "store/s3_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chasqui/error.hpp>

namespace chasqui::store {
namespace {

constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool only(std::string_view text, std::string_view others) {
  return std::ranges::all_of(text, [others](char c) { return letters.contains(c) || others.contains(c); });
}

void require(bool right, std::string_view key, std::string_view value, std::string_view wanted) {
  if (!right) throw Failure(Errc::config, fmt::format("{} is '{}' but must be {}", key, value, wanted));
}

}  // namespace

std::string s3_encoded(std::string_view text, bool keep_slash) {
  std::string encoded;
  for (const char c : text) {
    if (letters.contains(c) || std::string_view("-_.~").contains(c) || (keep_slash && c == '/'))
      encoded += c;
    else
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::string s3_query(const S3Query& query) {
  std::string text;
  for (const auto& [name, value] : query)
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", s3_encoded(name), s3_encoded(value));
  return text;
}

S3Address::S3Address(const S3Settings& settings) {
  std::string_view rest = settings.endpoint;
  const auto colon = rest.find("://");
  scheme_ = std::string(rest.substr(0, std::min(colon, rest.size())));
  rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  require((scheme_ == "https" || scheme_ == "http") && !rest.empty() && only(rest, "-.:[]"), "s3.endpoint",
          settings.endpoint, "the address of an S3 server, as https://s3.example.org");
  require(settings.bucket.size() >= 3 && only(settings.bucket, "-."), "s3.bucket", settings.bucket, "a bucket's name");
  require(!settings.region.empty() && only(settings.region, "-"), "s3.region", settings.region,
          "a region, as us-east-1");
  require(only(settings.prefix, "-_./") && (settings.prefix.empty() || settings.prefix.ends_with('/')) &&
              !settings.prefix.starts_with('/') && !settings.prefix.contains("//"),
          "s3.prefix", settings.prefix, "letters, digits and -_./, with '/' at its end and not at its beginning");
  host_ = settings.host_addressing ? fmt::format("{}.{}", settings.bucket, rest) : std::string(rest);
  base_ = settings.host_addressing ? "/" : fmt::format("/{}/", settings.bucket);
}

std::string S3Address::path(std::string_view key) const {
  if (key.empty() && base_.size() > 1) return base_.substr(0, base_.size() - 1);
  return base_ + s3_encoded(key, true);
}

std::string S3Address::url(std::string_view key, const S3Query& query) const {
  return fmt::format("{}://{}{}{}{}", scheme_, host_, path(key), query.empty() ? "" : "?", s3_query(query));
}

}  // namespace chasqui::store
