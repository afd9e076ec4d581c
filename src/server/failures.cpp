#include "server/failures.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace chasqui::server {
namespace {

using Row = std::pair<std::string_view, std::string_view>;
constexpr std::array failure_table{
    Row{"usage", "lo pedido no es posible con esta grabación o esta dirección"},
    Row{"input_missing", "la grabación no está en la dirección indicada"},
    Row{"input_empty", "la grabación está vacía"},
    Row{"input_unsupported", "el archivo no es una grabación de un tipo conocido"},
    Row{"input_no_audio", "el archivo no tiene sonido"},
    Row{"input_corrupt", "la grabación está dañada"},
    Row{"input_too_long", "la grabación es demasiado larga"},
    Row{"input_unreadable", "la grabación no se pudo leer"},
    Row{"decoder_crashed", "la grabación no se pudo decodificar"},
    Row{"decoder_stalled", "la grabación no se pudo decodificar a tiempo"},
    Row{"decoder_limit", "la grabación pide demasiada memoria para decodificarse"},
    Row{"output_unwritable", "el servidor no pudo guardar el resultado"},
    Row{"disk_full", "no queda espacio en el servidor"},
    Row{"unavailable", "la otra parte no responde"},
    Row{"busy", "el servidor está demasiado ocupado"},
    Row{"storage_corrupt", "la grabación se dañó en el servidor; envíela otra vez"},
    Row{"worker_lost", "el trabajo se interrumpió demasiadas veces"},
};

}  // namespace

std::string_view failure_in_spanish(std::string_view code) noexcept {
  const auto found = std::ranges::find(failure_table, code, &Row::first);
  return found == failure_table.end() ? "un fallo del servidor" : found->second;
}

}  // namespace chasqui::server
