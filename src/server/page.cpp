#include "server/page.hpp"

#include "core/utf8.hpp"
#include "jobs/encode_options.hpp"
#include "server/episode_json.hpp"
#include "server/failures.hpp"
#include "server/text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace chasqui::server {
namespace {

// With the rest of the page and a header of some 600 bytes this comes in what TCP sends at first (RFC 6928: ten
// segments).
constexpr std::size_t most_bytes = 13'000;

constexpr std::string_view page_style =
    "body{font:1em/1.5 sans-serif;max-width:44em;margin:0 auto;padding:0 1em 3em;color:#222;background:#fffdf8}"
    "a{color:#075}h1{margin:.6em 0 0}h1 a{color:inherit;text-decoration:none}article{border-top:1px solid "
    "#ddb;padding:.8em 0}"
    "h2{font-size:1.1em;margin:0}p{margin:.3em 0}audio{width:100%;height:2.5em}small,.m{color:#665}"
    "form{margin:1em 0}label{display:block;margin:.6em 0}input,select,button{font:inherit;max-width:100%}"
    "button{padding:.3em 1em}progress{width:100%}.e{color:#a20}"
    "@media(prefers-color-scheme:dark){body{background:#1b1a17;color:#eee}a{color:#5d9}small,.m{color:#bba}"
    "article{border-color:#443}.e{color:#f86}}";

std::string whole(std::string_view title, std::string_view extra_head, std::string_view body) {
  return fmt::format(
      "<!doctype html><html lang=es><meta charset=utf-8><meta name=viewport content=\"width=device-width\">"
      "<title>{}</title>{}<style>{}</style><h1><a href=\"/\">Chasqui</a></h1>{}",
      html_escaped(title), extra_head, page_style, body);
}

/// Spanish writes a comma in numbers.
std::string decimal(double value, int digits) {
  auto text = fmt::format("{:.{}f}", value, digits);
  if (const auto point = text.find('.'); point != std::string::npos) text[point] = ',';
  return text;
}

std::string size_text(std::uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (value >= 1e6) return decimal(value / 1e6, 1) + " MB";
  return value >= 1e3 ? decimal(value / 1e3, 0) + " kB" : fmt::format("{} bytes", bytes);
}

std::string time_text(double seconds) {
  const auto whole_seconds = std::lround(seconds);
  if (whole_seconds >= 3600) return fmt::format("{} h {:02} min", whole_seconds / 3600, whole_seconds % 3600 / 60);
  if (whole_seconds >= 60) return fmt::format("{} min {:02} s", whole_seconds / 60, whole_seconds % 60);
  return fmt::format("{} s", whole_seconds);
}

std::string facts_text(const jobs::Job& job) {
  return fmt::format(
      "{} · {} · <b>{} en 2G</b> (40 kb/s){}", time_text(job.seconds), size_text(job.output_bytes),
      time_text(seconds_at_2g(job.output_bytes)),
      job.output_bytes > 0 && job.input_bytes > job.output_bytes
          ? fmt::format(" · {} veces más pequeño",
                        decimal(static_cast<double>(job.input_bytes) / static_cast<double>(job.output_bytes), 0))
          : "");
}

std::string listen_text(const jobs::Job& job) {
  const auto format = jobs::parse_canonical(job.options).format;
  const auto base = fmt::format("/v1/episodes/{}/audio.", job.id);
  std::string text = fmt::format(
      "<audio controls preload=none src=\"{}{}\" aria-label=Escuchar></audio><p><a "
      "href=\"{}{}?download=1\">Descargar</a>",
      base, format, base, format);
  text += " <small>para otros teléfonos:";
  for (const auto* other : {"opus", "webm", "caf", "mp3"}) {
    if (format != other) text += fmt::format(" <a href=\"{}{}?download=1\" rel=nofollow>{}</a>", base, other, other);
  }
  return text + "</small></p>";
}

std::string article(const jobs::Job& job) {
  return fmt::format("<article><h2><a href=\"/episodios/{}\">{}</a></h2><p class=m>{}</p>{}</article>", job.id,
                     html_escaped(title_of(job)), facts_text(job), listen_text(job));
}

std::string form_text(bool open) {
  return fmt::format(
      "<h2 id=enviar>Enviar una grabación</h2><form method=post action=\"/episodios\" "
      "enctype=\"multipart/form-data\">{}"
      "<label>Título <input name=title maxlength=100></label>"
      "<label>Calidad <select name=quality><option value=\"\">8 kb/s, la más pequeña<option value=essential>esencial: "
      "cada palabra<option value=clear>clara: sin esfuerzo<option value=rich>rica: como la voz "
      "original</select></label>"
      "<label>Grabación <input type=file name=audio required "
      "accept=\"audio/*,video/*\"></label><button>Enviar</button></form>",
      open ? "" : "<label>Clave <input type=password name=clave required autocomplete=current-password></label>");
}

std::string pieces_text(const jobs::Job& job, const std::vector<PieceFacts>& pieces) {
  if (pieces.size() < 2) return "";
  std::string text = "<h2>Por partes</h2><p class=m>Para teléfonos que no pueden reanudar una descarga.</p><ol>";
  for (std::size_t i = 0; i < pieces.size(); ++i)
    text +=
        fmt::format("<li><a href=\"/v1/episodes/{}/pieces/{}.opus?download=1\">{}</a> <small>{} · {}</small>", job.id,
                    i + 1, html_escaped(pieces[i].title), time_text(pieces[i].seconds), size_text(pieces[i].bytes));
  return text + "</ol>";
}

std::string state_text(const jobs::Job& job, const std::vector<PieceFacts>& pieces, core::Time now) {
  using enum jobs::State;
  switch (job.state) {
    case queued:
      return "<p>En espera. Esta página se actualiza sola.</p>";
    case running: {
      const auto left = seconds_left(job, now);
      return fmt::format(
          "<p>Comprimiendo: {} %{}. Esta página se actualiza sola.</p><progress aria-label=Avance "
          "value={:.3f}></progress>",
          static_cast<int>(job.progress * 100), left ? ", faltan unos " + time_text(*left) : "", job.progress);
    }
    case done:
      return fmt::format("<p class=m>{}</p>{}{}<p><a href=\"/v1/episodes/{}/report\">Hoja de prueba</a></p>",
                         facts_text(job), listen_text(job), pieces_text(job, pieces), job.id);
    case failed:
      return fmt::format("<p class=e>No se pudo: {}.</p><p lang=en class=m>{}</p>", failure_in_spanish(job.error_code),
                         html_escaped(core::as_utf8(job.error_message)));
    case cancelled:
      return "<p class=e>Cancelado.</p>";
  }
  return "";
}

}  // namespace

std::string front_page(const FrontPage& page) {
  const auto head =
      "<p>Lecciones habladas en archivos muy pequeños, para redes 2G.</p><form role=search><label>Buscar <input name=q "
      "value=\"" +
      html_escaped(page.search) + "\"></label> <button>Buscar</button></form>";
  const auto foot = form_text(page.open_submit) + "<p><small><a href=\"/docs\">API</a></small></p>";
  std::string list;
  const std::string* last = nullptr;
  bool more = page.more;
  for (const auto& job : page.episodes) {
    const auto text = article(job);
    if (last != nullptr && page_style.size() + head.size() + list.size() + text.size() + foot.size() > most_bytes) {
      more = true;
      break;
    }
    list += text;
    last = &job.id;
  }
  if (last == nullptr) list = "<p>Todavía no hay episodios aquí.</p>";
  if (more && last != nullptr)
    list += fmt::format("<p><a href=\"/?cursor={}{}\">Más antiguos</a></p>", *last,
                        page.search.empty() ? "" : "&amp;q=" + percent_encoded(page.search));
  return whole("Chasqui", "", head + list + foot);
}

std::string episode_page(const jobs::Job& job, const std::vector<PieceFacts>& pieces, core::Time now) {
  return whole(title_of(job), job.ended() ? "" : "<meta http-equiv=refresh content=3>",
               fmt::format("<h2>{}</h2>{}", html_escaped(title_of(job)), state_text(job, pieces, now)));
}

std::string problem_page(unsigned status, std::string_view title, std::string_view detail) {
  return whole(title, "",
               fmt::format("<p class=e>{} ({})</p><p lang=en class=m>{}</p><p><a href=\"/\">Volver</a></p>",
                           html_escaped(title), status, html_escaped(core::as_utf8(detail))));
}

}  // namespace chasqui::server
