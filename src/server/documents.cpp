#include "server/documents.hpp"

#include "server/json_text.hpp"
#include "server/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <array>

namespace chasqui::server {
namespace {

namespace json = boost::json;

constexpr std::string_view api_style =
    "body{font:1em/1.5 sans-serif;max-width:54em;margin:0 auto;padding:0 1em "
    "3em}code,pre{background:#eee8;padding:.1em .3em}"
    "section{border-top:1px solid #aaa;margin-top:1.5em}table{border-collapse:collapse}td,th{padding:.1em .8em .1em 0;"
    "text-align:left;vertical-align:top}";

std::string plain(const json::value& value) {
  if (value.is_string()) return html_escaped({value.as_string().data(), value.as_string().size()});
  return html_escaped(json_text(value));
}

std::string text(const json::value& object, const char* name) {
  const auto* value = object.as_object().if_contains(name);
  return value == nullptr ? "" : plain(*value);
}

/// What a `$ref` within the document points to; else the value itself.
const json::value& resolved(const json::value& root, const json::value& value) {
  const auto* reference = value.as_object().if_contains("$ref");
  return reference == nullptr ? value : root.at_pointer(json::string_view(reference->as_string()).substr(1));
}

std::string parameter_rows(const json::value& root, const json::value& holder) {
  const auto* parameters = holder.as_object().if_contains("parameters");
  if (parameters == nullptr) return {};
  std::string rows;
  for (const auto& each : parameters->as_array()) {
    const auto& parameter = resolved(root, each);
    rows += fmt::format("<tr><td><code>{}</code><td>{}<td>{}<td><code>{}</code>", text(parameter, "name"),
                        text(parameter, "in"), text(parameter, "description"),
                        plain(resolved(root, parameter.at("schema"))));
  }
  return rows;
}

std::string operation_text(const json::value& root, std::string_view method, const std::string& path,
                           const json::value& path_item, const json::value& operation) {
  auto page = fmt::format("<section><h2><code>{} {}</code></h2><p><b>{}.</b> {}</p>", method, html_escaped(path),
                          text(operation, "summary"), text(operation, "description"));
  const auto parameters = parameter_rows(root, path_item) + parameter_rows(root, operation);
  if (!parameters.empty()) page += "<table>" + parameters + "</table>";
  if (const auto* body = operation.as_object().if_contains("requestBody")) {
    page += "<p>Body:";
    for (const auto& [type, content] : body->at("content").as_object())
      page += fmt::format(" <code>{}</code>", html_escaped({type.data(), type.size()}));
    page += "</p>";
  }
  page += "<table>";
  for (const auto& [status, each] : operation.at("responses").as_object())
    page += fmt::format("<tr><td><code>{}</code><td>{}", html_escaped({status.data(), status.size()}),
                        text(resolved(root, each), "description"));
  return page + "</table></section>";
}

}  // namespace

std::string api_page(std::string_view openapi) {
  constexpr std::array<std::pair<const char*, const char*>, 6> methods{{{"get", "GET"},
                                                                        {"head", "HEAD"},
                                                                        {"post", "POST"},
                                                                        {"patch", "PATCH"},
                                                                        {"delete", "DELETE"},
                                                                        {"options", "OPTIONS"}}};
  const auto root = json::parse(json::string_view(openapi.data(), openapi.size()));
  auto page = fmt::format(
      "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>{} "
      "API"
      "</title><style>{}</style><h1>{} API</h1><p>{}</p><p>For programs: <a "
      "href=\"/openapi.json\">/openapi.json</a>.</p>"
      "<pre>curl --data-binary @lesson.mp3 -H 'Content-Type: audio/mpeg' -H 'Authorization: Bearer KEY' "
      "'http://localhost:8080/v1/episodes?title=Lesson'</pre>",
      text(root.at("info"), "title"), api_style, text(root.at("info"), "title"), text(root.at("info"), "description"));
  for (const auto& [path, item] : root.at("paths").as_object()) {
    for (const auto& [key, method] : methods) {
      if (const auto* operation = item.as_object().if_contains(key))
        page += operation_text(root, method, {path.data(), path.size()}, item, *operation);
    }
  }
  return page;
}

}  // namespace chasqui::server
