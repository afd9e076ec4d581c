#include "server/submission.hpp"

#include "core/log.hpp"
#include "core/random.hpp"
#include "core/utf8.hpp"
#include "feed/source_url.hpp"
#include "server/intake.hpp"
#include "server/multipart.hpp"
#include "server/names.hpp"
#include "server/problem.hpp"
#include "server/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <fmt/format.h>

#include <array>
#include <deque>

namespace chasqui::server {
namespace {

namespace json = boost::json;

constexpr std::size_t most_field_bytes = 4 * 1024;
constexpr std::size_t most_json_bytes = 64 * 1024;
constexpr std::size_t most_title_bytes = 300;
constexpr std::size_t most_url_bytes = 2000;
constexpr std::size_t form_read_bytes = 64 * 1024;

[[noreturn]] void refuse_twice(std::string_view name) {
  throw Refusal(Trouble::bad_request, fmt::format("'{}' is given twice", core::printable(name, 60)));
}

std::string take(Texts& texts, std::string_view name) {
  const auto found = texts.find(name);
  if (found == texts.end()) return {};
  auto text = std::move(found->second);
  texts.erase(found);
  if (!core::is_utf8(text)) throw Refusal(Trouble::bad_request, fmt::format("{}: is not UTF-8", name));
  if (text.size() > most_title_bytes)
    throw Refusal(Trouble::bad_request, fmt::format("{}: at most {} bytes", name, most_title_bytes));
  return as_name(text, most_title_bytes);
}

/// Fields and the file of multipart/form-data, as they come.
struct Form {
  Texts texts;
  std::string file_name;
  bool in_file = false, has_file = false, file_ended = false;
  std::string field;
  std::string bytes;  // of the file, not yet taken

  void begin(const PartHead& head) {
    in_file = head.is_file;
    if (in_file && std::exchange(has_file, true))
      throw Refusal(Trouble::bad_request, "one recording at a time, please");
    if (in_file) {
      file_name = head.file_name;
    } else {
      field = head.name;
      if (!texts.emplace(field, "").second) refuse_twice(field);
    }
  }
  void data(std::string_view text) {
    if (in_file) {
      bytes += text;
      return;
    }
    auto& value = texts.find(field)->second;
    if (value.size() + text.size() > most_field_bytes)
      throw Refusal(Trouble::too_large, fmt::format("{}: at most {} bytes; send recordings with a filename",
                                                    core::printable(field, 60), most_field_bytes));
    value += text;
  }
};

/// A page's form sends fields that were left empty, too.
void drop_empty(Texts& texts) {
  std::erase_if(texts, [](const auto& entry) { return entry.second.empty(); });
}

Task<Handed> read_multipart(Exchange& exchange, const Tools& tools, std::uint64_t most_bytes, bool is_page,
                            std::string content_type) {
  const auto boundary = header_parameter(content_type, "boundary");
  if (!boundary) throw Refusal(Trouble::bad_request, "multipart/form-data without a boundary");
  Form form;
  form.texts = exchange.request.query;
  MultipartReader reader(*boundary, {[&form](const PartHead& head) { form.begin(head); },
                                     [&form](std::string_view text) { form.data(text); },
                                     [&form] { form.file_ended = form.file_ended || form.in_file; }});
  Intake intake(tools.settings, tools.services, tools.blocking, most_bytes);
  std::string block(form_read_bytes, '\0');
  std::string key;
  bool allowed = !is_page;
  for (;;) {
    const auto got = co_await exchange.body.read_some(block);
    if (got == 0) break;
    reader.take(std::string_view(block).substr(0, got));
    if (form.has_file && !allowed) {
      // Who may not submit is told before the recording is taken.
      key = take(form.texts, "clave");
      exchange.principal = co_await tools.access.identify(key, exchange.request.address);
      tools.access.may_submit(exchange.principal);
      allowed = true;
    }
    if (!form.bytes.empty()) {
      co_await intake.take(form.bytes);
      form.bytes.clear();
    }
  }
  if (!reader.complete()) throw Refusal(Trouble::bad_request, "multipart/form-data: the closing boundary is missing");
  if (!form.has_file) throw Refusal(Trouble::no_recording, "multipart/form-data: a part with a filename is missing");
  if (is_page) drop_empty(form.texts);
  auto handed = described_by(std::move(form.texts));
  handed.blob = co_await intake.finish();
  if (handed.file_name.empty()) handed.file_name = as_name(form.file_name, most_title_bytes);
  co_return handed;
}

/// Taken out of `texts`.
std::string source_url_among(Texts& texts) {
  const auto found = texts.find("source_url");
  if (found == texts.end())
    throw Refusal(Trouble::bad_request, "source_url: is missing; other recordings come as multipart or raw body");
  auto url = std::move(found->second);
  texts.erase(found);
  if (url.size() > most_url_bytes)
    throw Refusal(Trouble::bad_request, fmt::format("source_url: at most {} bytes", most_url_bytes));
  if (const auto right = feed::check_source_url(url); !right)
    throw Refusal(Trouble::bad_request, right.error().message);
  return url;
}

Task<Handed> read_json(Exchange& exchange) {
  const auto text = co_await exchange.body.read_all(most_json_bytes);
  if (!core::is_utf8(text)) throw Refusal(Trouble::bad_request, "the JSON is not UTF-8");
  json::error_code error;
  const auto value = json::parse(text, error);
  if (error) throw Refusal(Trouble::bad_request, "malformed JSON: " + error.message());
  if (!value.is_object()) throw Refusal(Trouble::bad_request, "the JSON should be an object");
  auto texts = jobs::option_texts(value.as_object());
  if (!texts) throw Refusal(Trouble::bad_request, texts.error().message);
  auto url = source_url_among(*texts);
  for (const auto& [name, text_value] : exchange.request.query) {
    if (!texts->emplace(name, text_value).second) refuse_twice(name);
  }
  auto handed = described_by(*std::move(texts));
  handed.source_url = std::move(url);
  co_return handed;
}

Task<Handed> read_raw(Exchange& exchange, const Tools& tools, std::uint64_t most_bytes) {
  auto handed = described_by(exchange.request.query);
  if (exchange.request.content_length.value_or(0) > most_bytes)
    throw Refusal(Trouble::too_large, fmt::format("at most {} bytes are taken here", most_bytes));
  Intake intake(tools.settings, tools.services, tools.blocking, most_bytes);
  std::string block(form_read_bytes, '\0');
  for (;;) {
    const auto got = co_await exchange.body.read_some(block);
    if (got == 0) break;
    co_await intake.take(std::string_view(block).substr(0, got));
  }
  handed.blob = co_await intake.finish();
  co_return handed;
}

Task<Handed> read_any(Exchange& exchange, const Tools& tools, std::uint64_t most_bytes, bool form) {
  const auto slot = tools.access.begin_upload();
  const std::string content_type(exchange.request.header("content-type").value_or(""));
  const auto type = media_type(content_type);
  if (type == "multipart/form-data") {
    auto handed = co_await read_multipart(exchange, tools, most_bytes, form, content_type);
    co_return handed;
  }
  if (form) throw Refusal(Trouble::wrong_type, "a form sends multipart/form-data");
  if (type == "application/json") {
    auto handed = co_await read_json(exchange);
    co_return handed;
  }
  if (type == "application/x-www-form-urlencoded")
    throw Refusal(Trouble::wrong_type,
                  "send the recording with its own type, or application/octet-stream, e.g. curl -H 'Content-Type: "
                  "audio/mpeg' --data-binary");
  auto handed = co_await read_raw(exchange, tools, most_bytes);
  co_return handed;
}

}  // namespace

Handed described_by(Texts texts) {
  Handed handed;
  handed.title = take(texts, "title");
  handed.file_name = take(texts, "filename");
  if (texts.contains("source_url")) throw Refusal(Trouble::bad_request, "source_url: goes into a JSON body");
  const auto slash = handed.file_name.find_last_of("/\\");
  if (slash != std::string::npos) handed.file_name.erase(0, slash + 1);
  auto options = jobs::parse_options(texts);
  if (!options) throw Refusal(Trouble::bad_request, options.error().message);
  handed.options = *std::move(options);
  return handed;
}

Task<Handed> read_handed(Exchange& exchange, const Tools& tools, std::uint64_t most_bytes, bool form) {
  auto handed = co_await read_any(exchange, tools, most_bytes, form);
  handed.request = exchange.request.id;
  co_return handed;
}

Task<jobs::Submitted> submit(Handed handed, Principal principal, std::string idempotency_key, std::int64_t priority,
                             const Tools& tools) {
  if (!handed.source_url.empty() && !tools.settings.fetches)
    throw Refusal(Trouble::unprocessable, "source_url: this server fetches nothing");
  const auto now = tools.services.clock();
  jobs::Submission submission;
  auto& job = submission.job;
  job.id = core::new_id(now);
  job.owner = principal.owner();
  job.created = job.updated = job.not_before = now;
  job.priority = priority;
  job.attempts_allowed = tools.settings.attempts;
  job.title = std::move(handed.title);
  job.file_name = std::move(handed.file_name);
  job.source_url = std::move(handed.source_url);
  job.request = std::move(handed.request);
  job.input = handed.blob.id;
  job.input_bytes = handed.blob.bytes;
  job.options = jobs::canonical(handed.options);
  job.work_key = job.input.empty() ? "" : jobs::work_key(job.input, job.options);
  submission.idempotency_key = std::move(idempotency_key);
  submission.most_waiting = tools.settings.queue;
  auto& repository = tools.services.repository;
  auto work = [&repository, submission] { return repository.submit(submission); };
  auto submitted = co_await tools.blocking.run(std::move(work));
  if (!submitted) {
    if (submitted.error().code == Errc::busy) throw Refusal(Trouble::busy, submitted.error().message);
    throw Refusal(Trouble::unprocessable, submitted.error().message);
  }
  tools.services.bell.ring();
  auto tags = submitted->job.tags();
  tags.request = job.request;  // of this time, where it was known before
  tools.services.log.info(submitted->is_new ? "accepted" : "submitted again", tags);
  co_return *std::move(submitted);
}

}  // namespace chasqui::server
