#include "store/s3_presign.hpp"

#include "core/sha256.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sodium.h>

#include <span>

namespace chasqui::store {
namespace {

using Mac = std::array<unsigned char, crypto_auth_hmacsha256_BYTES>;

Mac hmac(std::string_view key, std::string_view text) {
  Mac mac{};
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()), key.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  crypto_auth_hmacsha256_final(&state, mac.data());
  return mac;
}

std::string_view view(const Mac& mac) {
  return {reinterpret_cast<const char*>(mac.data()), mac.size()};
}

std::string sha256(std::string_view text) {
  core::Sha256 sha;
  sha.update(std::as_bytes(std::span(text)));
  return sha.hex();
}

}  // namespace

std::array<unsigned char, 32> signing_key(std::string_view secret, std::string_view day, std::string_view region,
                                          std::string_view service) {
  const auto of_day = hmac(fmt::format("AWS4{}", secret), day);
  const auto of_region = hmac(view(of_day), region);
  return hmac(view(hmac(view(of_region), service)), "aws4_request");
}

std::string presigned(const S3Address& address, const std::string& region, const S3Credentials& credentials,
                      std::string_view method, std::string_view key, S3Query query, core::Time now,
                      std::chrono::seconds lifetime) {
  const auto time =
      fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(
                                           std::chrono::time_point_cast<std::chrono::system_clock::duration>(now))));
  const auto day = time.substr(0, 8);
  const auto scope = fmt::format("{}/{}/s3/aws4_request", day, region);
  query["X-Amz-Algorithm"] = "AWS4-HMAC-SHA256";
  query["X-Amz-Credential"] = fmt::format("{}/{}", credentials.access_key, scope);
  query["X-Amz-Date"] = time;
  query["X-Amz-Expires"] = std::to_string(lifetime.count());
  query["X-Amz-SignedHeaders"] = "host";
  if (!credentials.session_token.empty()) query["X-Amz-Security-Token"] = credentials.session_token;
  const auto request = fmt::format("{}\n{}\n{}\nhost:{}\n\nhost\nUNSIGNED-PAYLOAD", method, address.path(key),
                                   s3_query(query), address.host());
  const auto to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope, sha256(request));
  const auto mac = hmac(view(signing_key(credentials.secret_key, day, region, "s3")), to_sign);
  return fmt::format("{}&X-Amz-Signature={:02x}", address.url(key, query), fmt::join(mac, ""));
}

}  // namespace chasqui::store
