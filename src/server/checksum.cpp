#include "server/checksum.hpp"

#include "core/sha256.hpp"
#include "server/text.hpp"

#include <boost/uuid/detail/sha1.hpp>

#include <span>

namespace chasqui::server {

struct Checksum::State {
  bool is_sha1 = false;
  std::string expected;
  core::Sha256 sha256;
  boost::uuids::detail::sha1 sha1;
};

Checksum::Checksum(std::unique_ptr<State> state) : state_(std::move(state)) {}
Checksum::~Checksum() = default;
Checksum::Checksum(Checksum&&) noexcept = default;
Checksum& Checksum::operator=(Checksum&&) noexcept = default;

std::optional<Checksum> Checksum::from_header(std::string_view header) {
  const auto blank = header.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const auto algorithm = header.substr(0, blank);
  auto expected = base64_decoded(header.substr(blank + 1));
  const std::size_t length = algorithm == "sha1" ? 20 : algorithm == "sha256" ? 32 : 0;
  if (!expected || length == 0 || expected->size() != length) return std::nullopt;
  auto state = std::make_unique<State>();
  state->is_sha1 = algorithm == "sha1";
  state->expected = *std::move(expected);
  return Checksum(std::move(state));
}

void Checksum::take(std::string_view bytes) {
  if (state_->is_sha1)
    state_->sha1.process_bytes(bytes.data(), bytes.size());
  else
    state_->sha256.update(std::as_bytes(std::span(bytes)));
}

bool Checksum::matches() {
  std::string found;
  if (state_->is_sha1) {
    boost::uuids::detail::sha1::digest_type digest;
    state_->sha1.get_digest(digest);
    for (const auto word : digest) {
      for (int shift = 24; shift >= 0; shift -= 8) found += static_cast<char>(word >> shift & 0xFF);
    }
  } else {
    for (const auto byte : state_->sha256.digest()) found += static_cast<char>(byte);
  }
  return found == state_->expected;
}

}  // namespace chasqui::server
