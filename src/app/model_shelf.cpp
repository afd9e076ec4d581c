#include "app/model_shelf.hpp"

#include "core/atomic_file.hpp"
#include "core/unique_fd.hpp"
#include "model/model_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <system_error>

namespace chasqui::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_pointer = 128;
constexpr std::string_view latest = "/latest";

/// Names become keys of objects and folders on a worker's disk.
bool is_name(std::string_view text) {
  constexpr std::size_t longest = 64;
  return !text.empty() && text.size() <= longest && text.front() != '.' && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

bool is_id(std::string_view text) {
  constexpr std::size_t digits = 12;  // as in model::ModelFacts
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Failure missing(const std::string& name) {
  return {Errc::not_found,
          fmt::format("no model {}on S3; put one there with `chasqui models publish`", name.empty() ? "" : name + " ")};
}

}  // namespace

ModelShelf::ModelShelf(const store::S3Settings& settings) : client_(settings), prefix_(settings.prefix) {}

ModelShelf::Place ModelShelf::publish(const fs::path& folder) {
  const auto facts = value_or_throw(model::load_model(folder)).facts;
  if (!is_name(facts.name))
    throw Failure(Errc::usage, fmt::format("{}: a model's name has letters, digits and -_. only, at most 64; rename it",
                                           folder.string()));
  for (const auto* name : model::needed_files) {
    const auto path = folder / name;
    const core::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat found{};
    if (!file.valid() || ::fstat(file.get(), &found) != 0)
      throw Failure(Errc::input_unreadable,
                    fmt::format("{}: cannot be read: {}", path.string(), std::generic_category().message(errno)));
    client_.put(key(fmt::format("{}/{}/{}", facts.name, facts.id, name)), file.get(),
                static_cast<std::uint64_t>(found.st_size));
  }
  client_.put(key(facts.name + std::string(latest)), facts.id + "\n");
  use(facts.name);
  return {facts.name, facts.id};
}

void ModelShelf::use(const std::string& name) {
  client_.put(key("in-use"), find(name).name + "\n");
}

std::string ModelShelf::pointer(const std::string& rest, const std::string& what) {
  std::string text;
  const auto there = client_.get(key(rest), [&](std::span<const std::byte> bytes) {
    for (const auto byte :
         bytes.first(std::min(bytes.size(), longest_pointer - std::min(text.size(), longest_pointer))))
      text += static_cast<char>(byte);
  });
  if (!there) throw missing(what);
  return text.substr(0, text.find('\n'));
}

ModelShelf::Place ModelShelf::find(const std::string& wished) {
  const auto name = wished == "auto" ? pointer("in-use", "") : wished;
  if (!is_name(name)) throw Failure(Errc::input_corrupt, key("in-use") + " on S3 names no model");
  const auto id = pointer(name + std::string(latest), name);
  if (!is_id(id)) throw Failure(Errc::input_corrupt, fmt::format("{} on S3 is no id", key(name + std::string(latest))));
  return {name, id};
}

std::vector<ModelShelf::Place> ModelShelf::list() {
  std::vector<std::string> names;
  client_.list(key(""), [&](const store::S3Object& object) {
    const auto rest = std::string_view(object.key).substr(key("").size());
    if (rest.ends_with(latest)) names.emplace_back(rest.substr(0, rest.size() - latest.size()));
  });
  std::vector<Place> places;
  for (const auto& name : names) {
    if (is_name(name)) places.push_back(find(name));
  }
  return places;
}

void ModelShelf::fetch(const Place& place, const fs::path& folder) {
  for (const auto* name : model::needed_files) {
    const auto from = key(fmt::format("{}/{}/{}", place.name, place.id, name));
    core::AtomicFile file(folder / name);
    const auto there = client_.get(from, [&](std::span<const std::byte> bytes) {
      if (file.size() + bytes.size() > model::largest_file)
        throw Failure(Errc::input_corrupt, fmt::format("{} on S3 is too large for a model", from));
      file.write(bytes);
    });
    if (!there) throw Failure(Errc::not_found, fmt::format("{} is not on S3; publish the model again", from));
    file.commit();
  }
}

}  // namespace chasqui::app
