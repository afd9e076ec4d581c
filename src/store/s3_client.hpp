#pragma once

#include "core/clock.hpp"
#include "store/s3_http.hpp"

#include <chasqui/error.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chasqui::store {

struct S3Object {
  std::string key;
  std::uint64_t bytes = 0;
  core::Time modified;  ///< by the server's clock
};

struct S3Upload {
  std::string key, id;
  core::Time begun;
};

/// Objects of one bucket. For any thread. What fails throws as S3Http::ask and `refusal` say.
class S3Client {
 public:
  /// Throws Failure(config).
  explicit S3Client(const S3Settings& settings);

  /// When it returns the object is stored whole, in place of another one of that key; when it throws there is nothing
  /// new. Large files go up in pieces, and memory stays flat. Precondition: the file does not change.
  void put(const std::string& key, int file, std::uint64_t bytes);
  /// The same, of a few bytes.
  void put(const std::string& key, std::string_view text);
  /// Nothing when it is not there.
  std::optional<S3Object> head(const std::string& key);
  /// All of it, or a range of it, through `sink`. False when it is not there.
  bool get(const std::string& key, const std::function<void(std::span<const std::byte>)>& sink,
           std::optional<S3Range> range = {});
  void copy(const std::string& from, const std::string& to);
  /// Absent is fine.
  void remove(const std::string& key);
  /// Everything whose key begins with `prefix`.
  void list(const std::string& prefix, const std::function<void(const S3Object&)>& each);
  /// Uploads in pieces that were begun and neither ended nor given up. Empty where the server cannot tell.
  std::vector<S3Upload> unfinished(const std::string& prefix);
  void give_up(const S3Upload& upload);

  [[nodiscard]] const S3Address& address() const noexcept { return address_; }

 private:
  S3Answer good(const S3Request& request);
  void put_in_pieces(const std::string& key, int file, std::uint64_t bytes);
  std::string upload_pieces(const S3Upload& upload, int file, std::uint64_t bytes);

  S3Settings settings_;
  S3Address address_;
  S3Http http_;
};

}  // namespace chasqui::store
