#include "store/blob_store.hpp"

namespace chasqui::store {

bool is_blob_id(std::string_view text) noexcept {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace chasqui::store
