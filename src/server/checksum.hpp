#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace chasqui::server {

/// Of tus' extension checksum: "sha1" or "sha256", and what it should be.
class Checksum {
 public:
  /// From the header Upload-Checksum, e.g. "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="; nothing when it is not such.
  static std::optional<Checksum> from_header(std::string_view header);
  ~Checksum();
  Checksum(Checksum&&) noexcept;
  Checksum& operator=(Checksum&&) noexcept;

  void take(std::string_view bytes);
  /// Ends it.
  [[nodiscard]] bool matches();

 private:
  struct State;
  explicit Checksum(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace chasqui::server
