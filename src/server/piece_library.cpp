#include "server/piece_library.hpp"

#include "server/intake.hpp"
#include "server/problem.hpp"
#include "store/blob_reader.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <charconv>

namespace chasqui::server {
namespace {

namespace json = boost::json;

constexpr std::size_t most_known_pieces = 1024;

/// Where one segment ends and another begins, in seconds: pauses of the speaker, as a rule.
std::vector<double> pauses_of(store::BlobStore& blobs, const std::string& report) {
  const auto sheet = json::parse(store::read_text(*value_or_throw(blobs.open(report))));
  std::vector<double> pauses;
  for (const auto& segment : sheet.at("segments").as_array()) pauses.push_back(segment.at("end_s").to_number<double>());
  return pauses;
}

}  // namespace

Task<std::shared_ptr<const Pieces>> PieceLibrary::pieces_of(std::shared_ptr<const Recording> recording) {
  const auto& blob = recording->blob->facts.id;
  if (const auto known = known_.find(blob); known != known_.end()) co_return known->second;
  auto& blobs = tools_.services.blobs;
  const auto& cutter = tools_.services.cutter;
  auto work = [&blobs, &cutter, recording] {
    return cutter.pieces(*recording->blob, recording->title, pauses_of(blobs, recording->report));
  };
  auto pieces = std::make_shared<const Pieces>(co_await tools_.blocking.run(std::move(work)));
  if (known_.size() >= most_known_pieces) known_.clear();
  known_[blob] = pieces;
  co_return pieces;
}

Task<PieceLibrary::Listed> PieceLibrary::list(std::string id) {
  const auto found = co_await audio_->find(std::move(id), "opus", true);
  Listed listed{nullptr, found.job};
  if (found.recording) listed.pieces = co_await pieces_of(found.recording);
  co_return listed;
}

Task<AudioLibrary::Found> PieceLibrary::find(std::string id, std::string number) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), index);
  if (error != std::errc{} || end != number.data() + number.size() || number.front() == '0')
    throw Refusal(Trouble::not_found, "pieces are numbered 1, 2 and so on");
  auto found = co_await audio_->find(id, "opus", true);
  if (!found.recording) co_return found;
  const auto whole = found.recording;
  const auto pieces = co_await pieces_of(whole);
  if (index > pieces->size()) throw Refusal(Trouble::not_found, fmt::format("there are {} pieces", pieces->size()));
  const auto name = fmt::format("{} {}", whole->blob->facts.id, index);
  const auto made = made_.find(name);
  auto work = [this, whole, index, known = made == made_.end() ? "" : made->second,
               bytes = (*pieces)[index - 1].bytes] {
    auto& blobs = tools_.services.blobs;
    if (auto opened = blobs.open(known)) return *opened;
    check_room(tools_.settings, tools_.services, bytes);
    const auto writer = blobs.create();
    tools_.services.cutter.cut(*whole->blob, whole->title, pauses_of(blobs, whole->report), index - 1,
                               [&writer](std::span<const std::byte> part) { writer->write(part); });
    return value_or_throw(blobs.open(writer->commit().id));
  };
  const auto blob = co_await tools_.blocking.run(std::move(work));
  if (made_.size() >= most_known_pieces) made_.clear();
  made_[name] = blob->facts.id;
  auto recording = std::make_shared<Recording>(*whole);
  recording->blob = blob;
  recording->id = blob->facts.id;
  recording->etag = fmt::format("\"{}\"", blob->facts.id);
  const auto stem = whole->file_name.substr(0, whole->file_name.rfind('.'));
  recording->file_name = fmt::format("{} {:02}.opus", stem, index);
  found.recording = std::move(recording);
  co_return found;
}

}  // namespace chasqui::server
