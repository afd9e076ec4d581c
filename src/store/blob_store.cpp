#include "store/blob_store.hpp"

#include <chasqui/error.hpp>

namespace chasqui::store {

bool is_blob_id(std::string_view text) noexcept {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string BlobStore::link_to(const BlobId& id, const Presentation&) const {
  throw Failure(Errc::internal, "there are no links to stored file " + id);
}

}  // namespace chasqui::store
