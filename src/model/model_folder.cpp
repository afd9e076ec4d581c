#include "model/model_folder.hpp"

#include "core/atomic_file.hpp"
#include "core/made_folder.hpp"
#include "core/sha256.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

namespace chasqui::model {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr int format_version = 1;
constexpr const char* facts_file = needed_files.back();
constexpr auto hashed_files = std::span(needed_files).first<needed_files.size() - 1>();

std::string sha256_of(std::string_view text) {
  core::Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.hex();
}

Result<std::string> read_whole(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) return std::unexpected(Error{Errc::input_missing, fmt::format("{}: is missing", path.string())});
  if (size > largest_file)
    return std::unexpected(Error{Errc::input_corrupt, fmt::format("{}: is too large for a model", path.string())});
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.size() != size)
    return std::unexpected(Error{Errc::input_unreadable, fmt::format("{}: cannot be read", path.string())});
  return text;
}

void write_whole(const fs::path& path, std::string_view text) {
  core::AtomicFile file(path);
  file.write(text);
  file.commit();
}

/// One line for each recording.
std::string training_data(std::span<const Label> labels) {
  std::map<std::string, std::pair<const Origin*, std::size_t>> recordings;
  for (const auto& label : labels) {
    auto& [origin, count] = recordings[label.origin.sha256];
    origin = &label.origin;
    ++count;
  }
  std::string text = "file,sha256,speaker,source,licence,labels\n";
  for (const auto& [hash, recording] : recordings) {
    const Origin& o = *recording.first;
    text += fmt::format("{},{},{},{},{},{}\n", csv_field(o.file), o.sha256, csv_field(o.speaker), csv_field(o.source),
                        csv_field(o.licence), recording.second);
  }
  return text;
}

std::string card(const std::string& name, std::span<const Label> labels, const ModelPaper& paper) {
  std::map<std::string, std::size_t> licences;
  for (const auto& label : labels) ++licences[label.origin.licence.empty() ? "not stated" : label.origin.licence];
  std::string text = fmt::format(
      "# Model {}\n\nTells from the features of a segment what score its worst window will have (MOS as PESQ-WB "
      "predicts "
      "it, docs/quality.md) and what it will cost, at any bandwidth, mode and bitrate. Chasqui measures afterwards: a "
      "wrong guess costs time, never quality.\n\nGradient boosting by XGBoost {} on {} labels, seed {}; the score "
      "never "
      "falls with the bitrate. All figures are of labels left out: {} folds, no speaker and no source in two of "
      "them.\n\n",
      name, xgboost_version(), labels.size(), paper.options.seed, paper.options.folds);
  text += to_markdown(paper.boosting) + "\n![Predicted against measured](calibration.svg)\n";
  text += "\n## A random forest on the same labels\n\n" + to_markdown(paper.forest);
  text += "\n## Learnt from\n\nEvery recording is in training-data.csv.\n\n| Licence | Labels |\n|---|--:|\n";
  for (const auto& [licence, count] : licences) text += fmt::format("| {} | {} |\n", licence, count);
  return text;
}

json::array row_names_json() {
  json::array names;
  for (const auto& name : row_names()) names.emplace_back(name);
  return names;
}

Error damaged(const fs::path& path, std::string_view why) {
  return {Errc::input_corrupt, fmt::format("{}: {}; train the model again or take another", path.string(), why)};
}

/// Hash of each file, and the facts.
struct Paper {
  ModelFacts facts;
  std::map<std::string, std::string> hashes;
};

Result<Paper> read_paper(const fs::path& folder) {
  const auto path = folder / facts_file;
  const auto text = read_whole(path);
  if (!text) return std::unexpected(text.error());
  try {
    const auto root = json::parse(*text);
    const auto& object = root.as_object();
    if (object.at("format").to_number<int>() != format_version ||
        object.at("row_version").to_number<int>() != row_version || object.at("columns") != row_names_json())
      return std::unexpected(Error{
          Errc::unavailable,
          fmt::format("{}: was made for another version of the features; train it again for this one", path.string())});
    Paper paper;
    paper.facts = {.name = fs::path(folder / "").parent_path().filename().string(),
                   .id = sha256_of(*text).substr(0, 12),
                   .labels = object.at("labels").to_number<std::size_t>(),
                   .recordings = object.at("recordings").to_number<std::size_t>(),
                   .mos_rmse = object.at("mos_rmse").to_number<double>(),
                   .xgboost = std::string(object.at("xgboost").as_string())};
    for (const char* name : hashed_files)
      paper.hashes[name] = std::string(object.at("sha256").as_object().at(name).as_string());
    return paper;
  } catch (const std::exception&) {
    return std::unexpected(damaged(path, "is not a model's description"));
  }
}

}  // namespace

Result<Model> load_model(const fs::path& folder) {
  const auto paper = read_paper(folder);
  if (!paper) return std::unexpected(paper.error());
  std::map<std::string, std::string> texts;
  for (const auto& [name, hash] : paper->hashes) {
    auto text = read_whole(folder / name);
    if (!text) return std::unexpected(text.error());
    if (sha256_of(*text) != hash) return std::unexpected(damaged(folder / name, "is not as it was written"));
    texts[name] = *std::move(text);
  }
  try {
    Model model{Predictor(Booster::from_json(texts["mos.json"]), Booster::from_json(texts["rate.json"])), paper->facts};
    if (model.predictor.mos().columns() != row_width || model.predictor.rate().columns() != row_width)
      return std::unexpected(damaged(folder, "takes another number of features"));
    return model;
  } catch (const Failure& failure) {
    return std::unexpected(damaged(folder, failure.what()));
  }
}

void save_model(const fs::path& folder, const Training& training, std::span<const Label> labels,
                const ModelPaper& paper) {
  const core::MadeFolder made(folder);
  const std::map<std::string, std::string> texts{{"mos.json", training.predictor.mos().to_json()},
                                                 {"rate.json", training.predictor.rate().to_json()},
                                                 {"training-data.csv", training_data(labels)}};
  json::object hashes;
  for (const auto& [name, text] : texts) {
    write_whole(folder / name, text);
    hashes[name] = sha256_of(text);
  }
  write_whole(folder / "card.md", card(fs::path(folder / "").parent_path().filename().string(), labels, paper));
  write_whole(folder / "calibration.svg", calibration_svg(paper.boosting));
  const auto recordings = static_cast<std::size_t>(std::ranges::count(texts.at("training-data.csv"), '\n')) - 1;
  const json::object facts{{"format", format_version},
                           {"row_version", row_version},
                           {"columns", row_names_json()},
                           {"xgboost", xgboost_version()},
                           {"seed", paper.options.seed},
                           {"mos_rounds", training.mos_rounds},
                           {"rate_rounds", training.rate_rounds},
                           {"labels", labels.size()},
                           {"labels_sha256", paper.labels_sha256},
                           {"recordings", recordings},
                           {"mos_rmse", paper.boosting.errors.front().mos_rmse},
                           {"sha256", hashes}};
  write_whole(folder / facts_file, json::serialize(facts) + "\n");
}

std::vector<std::string> list_models(const fs::path& models) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(models, error))
    if (fs::exists(entry.path() / facts_file, error)) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

}  // namespace chasqui::model
