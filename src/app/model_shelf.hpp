#pragma once

#include "store/s3_client.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace chasqui::app {

/// Models as objects of a bucket, from where all workers take them:
///   PREFIX/models/NAME/ID/FILE   a model's folder under the id of its model.json; never another's
///   PREFIX/models/NAME/latest    the id that was published last
///   PREFIX/models/in-use         the name that `compress.model = auto` means
/// Each pointer is written after what it points to, so that whoever follows them finds something whole.
class ModelShelf {
 public:
  /// Throws Failure(config).
  explicit ModelShelf(const store::S3Settings& settings);

  struct Place {
    std::string name, id;
    bool operator==(const Place&) const = default;
  };

  /// Checks the model and uploads it under the name of its folder; it is in use from then on. Throws Failure: what
  /// load_model says of a model that is not whole; usage, of a name that is no key; what the storage says.
  Place publish(const std::filesystem::path& folder);
  /// Throws Failure: not_found.
  void use(const std::string& name);
  /// What `wished` means: a name, or auto. Throws Failure: not_found; input_corrupt, of a pointer that is none.
  Place find(const std::string& wished);
  /// The latest of each name.
  std::vector<Place> list();
  /// Its files, into `folder`, which exists; what is there is replaced. Throws Failure: not_found; input_corrupt.
  void fetch(const Place& place, const std::filesystem::path& folder);

 private:
  [[nodiscard]] std::string key(const std::string& rest) const { return prefix_ + "models/" + rest; }
  std::string pointer(const std::string& rest, const std::string& what);

  store::S3Client client_;
  std::string prefix_;
};

}  // namespace chasqui::app
