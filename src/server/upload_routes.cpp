#include "core/random.hpp"
#include "server/checksum.hpp"
#include "server/finished_upload.hpp"
#include "server/intake.hpp"
#include "server/problem.hpp"
#include "server/routes.hpp"
#include "server/submission.hpp"
#include "server/text.hpp"
#include "server/tus.hpp"

#include <fmt/format.h>

namespace chasqui::server {
namespace {

using store::Upload;

constexpr std::size_t store_block_bytes = 256 * 1024;
constexpr std::size_t patch_read_bytes = 64 * 1024;

Response tus_response(unsigned status) {
  auto response = empty_response(status);
  response.with("Tus-Resumable", std::string(tus::version)).with("Cache-Control", "no-store");
  return response;
}

/// Where an upload stands; with its episode when it has become one.
Response upload_response(unsigned status, const Upload& upload) {
  auto response = tus_response(status);
  response.with("Upload-Offset", std::to_string(upload.offset));
  if (upload.result.empty())
    response.with("Upload-Expires", core::http_date(upload.expires));
  else
    response.with("Chasqui-Episode", "/v1/episodes/" + upload.result);
  return response;
}

void check_version(const Request& request) {
  if (request.header("tus-resumable") != tus::version)
    throw Refusal(Trouble::precondition, "the header Tus-Resumable should be 1.0.0");
}

void check_type(const Request& request) {
  if (media_type(request.header("content-type").value_or("")) != tus::content_type)
    throw Refusal(Trouble::wrong_type, "bytes come as application/offset+octet-stream");
}

/// Everything asked about an upload that is not there, has expired or is another's.
Task<Upload> find_upload(Exchange& exchange, const Tools& tools) {
  check_version(exchange.request);
  auto& uploads = tools.services.uploads;
  auto work = [&uploads, id = exchange.parameter("id")] { return uploads.find(id); };
  const auto found = co_await tools.blocking.run(std::move(work));
  if (!found) throw Refusal(Trouble::not_found, found.error().message);
  tools.access.may_change(exchange.principal, found->owner);
  if (found->expires < tools.services.clock()) throw Refusal(Trouble::gone, "the upload has expired; begin anew");
  co_return *found;
}

Task<void> append(Upload& upload, std::string bytes, const Tools& tools) {
  auto& uploads = tools.services.uploads;
  const auto id = upload.id;
  const auto offset = upload.offset;
  const auto size = bytes.size();
  auto work = [&tools, &uploads, id, offset, bytes = std::move(bytes)] {
    check_room(tools.settings, tools.services, bytes.size());
    uploads.append(id, offset, std::as_bytes(std::span(bytes)));
  };
  co_await tools.blocking.run(std::move(work));
  upload.offset += size;
}

/// The body goes to the end of the upload. What came before the client was cut off stays, unless a checksum says what
/// should have come.
Task<void> receive(Exchange& exchange, Upload& upload, const Tools& tools) {
  const auto slot = tools.access.begin_upload();
  auto& uploads = tools.services.uploads;
  const auto begin = upload.offset;
  const auto id = upload.id;
  std::optional<Checksum> checksum;
  if (const auto header = exchange.request.header("upload-checksum")) {
    checksum = Checksum::from_header(*header);
    if (!checksum) throw Refusal(Trouble::bad_request, "Upload-Checksum: should be sha1 or sha256 and its base 64");
  }
  std::string block(patch_read_bytes, '\0');
  std::string gathered;
  std::exception_ptr trouble;
  try {
    for (;;) {
      const auto got = co_await exchange.body.read_some(block);
      if (got == 0) break;
      const auto bytes = std::string_view(block).substr(0, got);
      if (upload.offset + gathered.size() + got > upload.length)
        throw Refusal(Trouble::too_large, fmt::format("more than the {} bytes of Upload-Length", upload.length));
      if (checksum) checksum->take(bytes);
      gathered += bytes;
      if (gathered.size() < store_block_bytes) continue;
      co_await append(upload, std::move(gathered), tools);
      gathered.clear();
    }
    if (checksum && !checksum->matches())
      throw Refusal(Trouble::checksum, "the bytes are not those of Upload-Checksum");
  } catch (...) {
    trouble = std::current_exception();
  }
  const bool take_back = trouble && checksum;
  if (!take_back && !gathered.empty()) co_await append(upload, std::move(gathered), tools);
  auto work = [&uploads, id, begin, take_back] {
    if (take_back) uploads.truncate(id, begin);
    uploads.sync(id);
  };
  co_await tools.blocking.run(std::move(work));
  if (trouble) std::rethrow_exception(trouble);
}

/// When the last byte is there, it becomes an episode.
Task<void> finish_if_complete(Upload& upload, std::string request, const Tools& tools) {
  if (!wants_finish(upload)) co_return;
  upload.result = co_await make_episode(upload, std::move(request), tools);
}

Task<Upload> joined(Upload upload, const Tools& tools) {
  auto& uploads = tools.services.uploads;
  auto work = [&uploads, &tools, upload]() mutable -> Result<Upload> {
    for (const auto& id : upload.parts) {
      const auto part = uploads.find(id);
      if (!part || !part->partial || part->owner != upload.owner)
        return std::unexpected(Error{Errc::usage, "Upload-Concat: a part is not a partial upload of yours"});
      if (part->offset != part->length)
        return std::unexpected(Error{Errc::usage, "Upload-Concat: a part is not complete"});
      upload.length += part->length;
    }
    if (upload.length > tools.settings.upload_bytes)
      throw Refusal(Trouble::too_large, "the parts together are too large");
    check_room(tools.settings, tools.services, upload.length);
    uploads.create(upload);
    for (const auto& id : upload.parts) {
      uploads.read(id, [&](std::span<const std::byte> bytes) {
        uploads.append(upload.id, upload.offset, bytes);
        upload.offset += bytes.size();
      });
    }
    uploads.sync(upload.id);
    return upload;
  };
  auto made = co_await tools.blocking.run(std::move(work));
  if (!made) throw Refusal(Trouble::bad_request, made.error().message);
  co_return *std::move(made);
}

Upload described_upload(const Request& request, const Principal& principal, const Tools& tools) {
  Upload upload;
  const auto now = tools.services.clock();
  upload.id = core::new_id(now);
  upload.owner = principal.owner();
  upload.expires = now + tools.settings.keep_uploads;
  if (const auto header = request.header("upload-concat")) {
    auto concat = tus::parse_concat(*header);
    if (!concat) throw Refusal(Trouble::bad_request, concat.error().message);
    upload.partial = concat->partial;
    upload.parts = std::move(concat->parts);
  }
  auto metadata = tus::parse_metadata(request.header("upload-metadata").value_or(""));
  if (!metadata) throw Refusal(Trouble::bad_request, metadata.error().message);
  // What tus clients send of their own accord.
  for (const auto* name : {"filetype", "type", "name", "relativePath"}) metadata->erase(name);
  static_cast<void>(described_by(*metadata));  // what is wrong is said before the bytes are sent
  upload.metadata = {metadata->begin(), metadata->end()};
  if (!upload.parts.empty()) return upload;
  const auto length = tus::parse_number(request.header("upload-length"));
  if (!length || *length == 0)
    throw Refusal(Trouble::bad_request, "Upload-Length: should be the number of bytes, 1 or more");
  if (*length > tools.settings.upload_bytes)
    throw Refusal(Trouble::too_large, fmt::format("at most {} bytes are taken here", tools.settings.upload_bytes));
  check_room(tools.settings, tools.services, *length);
  upload.length = *length;
  return upload;
}

Task<Response> create_upload(Exchange& exchange, const Tools& tools) {
  check_version(exchange.request);
  tools.access.may_submit(exchange.principal);
  tools.access.count_submission(exchange.principal);
  auto& uploads = tools.services.uploads;
  auto upload = described_upload(exchange.request, exchange.principal, tools);
  const auto lock = co_await lock_upload(upload.id, tools);
  const auto location = "/v1/uploads/" + upload.id;
  if (!upload.parts.empty()) {
    upload = co_await joined(std::move(upload), tools);
  } else {
    if (exchange.request.has_body()) check_type(exchange.request);
    auto work = [&uploads, upload] { uploads.create(upload); };
    co_await tools.blocking.run(std::move(work));
    if (exchange.request.has_body()) co_await receive(exchange, upload, tools);
  }
  co_await finish_if_complete(upload, exchange.request.id, tools);
  auto response = upload_response(201, upload);
  response.with("Location", location);
  co_return response;
}

Task<Response> show_upload(Exchange& exchange, const Tools& tools) {
  auto upload = co_await find_upload(exchange, tools);
  if (wants_finish(upload)) {  // else no lock: who only looks must not keep the sender out
    if (const auto lock = co_await lock_upload(upload.id, tools)) {
      upload = co_await find_upload(exchange, tools);  // as it is now that nobody else writes
      co_await finish_if_complete(upload, exchange.request.id, tools);
    }
  }
  auto response = upload_response(200, upload);
  response.with("Upload-Length", std::to_string(upload.length));
  if (!upload.metadata.empty()) response.with("Upload-Metadata", tus::metadata_text(upload.metadata));
  if (upload.partial) response.with("Upload-Concat", "partial");
  if (!upload.parts.empty()) {
    std::string parts;
    for (const auto& part : upload.parts) parts += fmt::format("{}/v1/uploads/{}", parts.empty() ? "" : " ", part);
    response.with("Upload-Concat", "final;" + parts);
  }
  co_return response;
}

Task<Response> extend_upload(Exchange& exchange, const Tools& tools) {
  const auto& request = exchange.request;
  const auto known = co_await find_upload(exchange, tools);
  check_type(request);
  if (!known.parts.empty()) throw Refusal(Trouble::forbidden, "what was joined cannot be extended");
  const auto lock = co_await lock_upload(known.id, tools);
  if (!lock) throw Refusal(Trouble::locked, "another request is sending to this upload");
  auto upload = co_await find_upload(exchange, tools);  // as it is now that nobody else writes
  const auto offset = tus::parse_number(request.header("upload-offset"));
  if (!offset) throw Refusal(Trouble::bad_request, "Upload-Offset: should be a number");
  if (*offset != upload.offset)
    throw Refusal(Trouble::conflict, fmt::format("Upload-Offset is {}, but {} bytes are here", *offset, upload.offset));
  co_await receive(exchange, upload, tools);
  co_await finish_if_complete(upload, exchange.request.id, tools);
  co_return upload_response(204, upload);
}

Task<Response> end_upload(Exchange& exchange, const Tools& tools) {
  const auto upload = co_await find_upload(exchange, tools);
  auto& uploads = tools.services.uploads;
  const auto lock = co_await lock_upload(upload.id, tools);
  if (!lock) throw Refusal(Trouble::locked, "another request is sending to this upload");
  const auto id = upload.id;
  auto work = [&uploads, id] { uploads.remove(id); };
  co_await tools.blocking.run(std::move(work));
  co_return tus_response(204);
}

Task<Response> tell_abilities(const Tools& tools) {
  auto response = tus_response(204);
  response.with("Tus-Version", std::string(tus::version))
      .with("Tus-Extension", std::string(tus::extensions))
      .with("Tus-Max-Size", std::to_string(tools.settings.upload_bytes))
      .with("Tus-Checksum-Algorithm", std::string(tus::algorithms));
  co_return response;
}

/// Refusals speak tus, too.
Response told_in_tus(Trouble trouble, std::string_view detail, std::string_view code) {
  auto response = problem(trouble, detail, code);
  response.with("Tus-Resumable", std::string(tus::version));
  if (response.status == 412) response.with("Tus-Version", std::string(tus::version));
  return response;
}

}  // namespace

void add_upload_routes(Routes& routes, const Tools& tools) {
  const auto add = [&routes](std::string_view method, std::string_view pattern, Handler handler) {
    routes.push_back({method, pattern, std::move(handler), told_in_tus});
  };
  add("OPTIONS", "/v1/uploads", [tools](Exchange&) { return tell_abilities(tools); });
  add("POST", "/v1/uploads", [tools](Exchange& exchange) { return create_upload(exchange, tools); });
  add("GET", "/v1/uploads/{id}", [tools](Exchange& exchange) { return show_upload(exchange, tools); });
  add("PATCH", "/v1/uploads/{id}", [tools](Exchange& exchange) { return extend_upload(exchange, tools); });
  add("DELETE", "/v1/uploads/{id}", [tools](Exchange& exchange) { return end_upload(exchange, tools); });
}

}  // namespace chasqui::server
