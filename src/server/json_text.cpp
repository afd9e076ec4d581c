#include "server/json_text.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace chasqui::server {
namespace {

namespace json = boost::json;

void write(std::string& out, const json::value& value) {
  if (const auto* number = value.if_double()) {
    if (std::isfinite(*number))
      fmt::format_to(std::back_inserter(out), "{}", *number);
    else
      out += "null";
  } else if (const auto* object = value.if_object()) {
    char before = '{';
    for (const auto& [name, member] : *object) {
      out += before;
      out += json::serialize(json::string(name));
      out += ':';
      write(out, member);
      before = ',';
    }
    out += object->empty() ? "{}" : "}";
  } else if (const auto* array = value.if_array()) {
    char before = '[';
    for (const auto& element : *array) {
      out += before;
      write(out, element);
      before = ',';
    }
    out += array->empty() ? "[]" : "]";
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string json_text(const json::value& value) {
  std::string out;
  write(out, value);
  return out;
}

}  // namespace chasqui::server
