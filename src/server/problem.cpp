#include "server/problem.hpp"

#include "core/exit_code.hpp"
#include "core/utf8.hpp"
#include "server/text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace chasqui::server {
namespace {

using enum Trouble;

constexpr std::array trouble_table{
    TroubleRow{bad_request, 400, "bad-request", "The request is malformed", "La petición está mal formada"},
    TroubleRow{no_recording, 400, "no-recording", "The recording is missing or empty",
               "Falta la grabación, o está vacía"},
    TroubleRow{no_key, 401, "no-key", "A key is needed", "Hace falta una clave"},
    TroubleRow{wrong_key, 401, "wrong-key", "The key is unknown, expired or revoked", "La clave no vale o ha caducado"},
    TroubleRow{forbidden, 403, "forbidden", "The key does not allow this", "La clave no permite esto"},
    TroubleRow{not_found, 404, "not-found", "There is no such thing", "No existe"},
    TroubleRow{wrong_method, 405, "wrong-method", "This method is not possible here", "Método no permitido"},
    TroubleRow{too_slow, 408, "too-slow", "The request took too long to arrive", "La petición tardó demasiado"},
    TroubleRow{conflict, 409, "conflict", "Not possible in this state", "No es posible en este estado"},
    TroubleRow{gone, 410, "gone", "It is no longer there", "Ya no está"},
    TroubleRow{precondition, 412, "precondition", "A precondition does not hold", "No se cumple una condición"},
    TroubleRow{too_large, 413, "too-large", "Too large", "Demasiado grande"},
    TroubleRow{wrong_type, 415, "wrong-type", "This type of content is not taken", "Tipo de contenido no admitido"},
    TroubleRow{range, 416, "range", "This range is not in the file", "El rango no está en el archivo"},
    TroubleRow{wrong_host, 421, "wrong-host", "This service has another name", "Este servicio tiene otro nombre"},
    TroubleRow{unprocessable, 422, "unprocessable", "Understood, but not possible", "Se entiende, pero no es posible"},
    TroubleRow{locked, 423, "locked", "Another request is at work on it", "Otra petición está trabajando en ello"},
    TroubleRow{too_many, 429, "too-many", "Too many requests", "Demasiadas peticiones"},
    TroubleRow{header_too_large, 431, "header-too-large", "The header is too large", "La cabecera es demasiado grande"},
    TroubleRow{checksum, 460, "checksum", "The checksum does not match", "La suma de control no coincide"},
    TroubleRow{internal, 500, "internal", "A fault of this server", "Un fallo del servidor"},
    TroubleRow{busy, 503, "busy", "Too busy at the moment", "Demasiado ocupado en este momento"},
    TroubleRow{no_room, 507, "no-room", "There is no room to store it", "No queda espacio para guardarlo"},
};

}  // namespace

const TroubleRow& row(Trouble trouble) noexcept {
  return *std::ranges::find(trouble_table, trouble, &TroubleRow::trouble);
}

Trouble trouble_for(Errc code) noexcept {
  switch (code) {
    case Errc::usage:
      return bad_request;
    case Errc::not_found:
    case Errc::input_missing:
      return not_found;
    case Errc::conflict:
    case Errc::cancelled:
      return conflict;
    case Errc::busy:
    case Errc::unavailable:
      return busy;
    case Errc::disk_full:
    case Errc::output_unwritable:
      return no_room;
    case Errc::storage_corrupt:
      return gone;
    case Errc::input_empty:
    case Errc::input_unsupported:
    case Errc::input_no_audio:
    case Errc::input_corrupt:
    case Errc::input_too_long:
    case Errc::decoder_crashed:
    case Errc::decoder_stalled:
    case Errc::decoder_limit:
      return unprocessable;
    case Errc::config:
    case Errc::input_unreadable:
    case Errc::internal:
      return internal;
  }
  return internal;
}

Response problem(Trouble trouble, std::string_view detail, std::string_view code) {
  const auto& facts = row(trouble);
  boost::json::object document{{"type", fmt::format("/problems/{}", facts.slug)},
                               {"title", std::string(facts.title)},
                               {"status", facts.status},
                               {"detail", core::as_utf8(detail)}};
  if (!code.empty()) document["code"] = std::string(code);
  Response response;
  response.status = facts.status;
  response.body = boost::json::serialize(document);
  response.with("Content-Type", "application/problem+json").with("Cache-Control", "no-store");
  if (facts.status == 401) response.with("WWW-Authenticate", "Bearer realm=\"chasqui\"");
  if (facts.status == 429 || facts.status == 503) response.with("Retry-After", "5");
  return response;
}

Response asking_for_password(Response response) {
  if (response.status == 401) response.with("WWW-Authenticate", "Basic realm=\"chasqui\", charset=\"UTF-8\"");
  return response;
}

Response problem_to_browsers(Trouble trouble, std::string_view detail, std::string_view code) {
  return asking_for_password(problem(trouble, detail, code));
}

Response problem(const Error& error) {
  return problem(trouble_for(error.code), error.message, core::name(error.code));
}

}  // namespace chasqui::server
