#include "server/finished_upload.hpp"

#include "core/random.hpp"
#include "server/request_id.hpp"
#include "server/submission.hpp"

#include <fmt/format.h>

namespace chasqui::server {

Task<std::optional<store::UploadStore::Lock>> lock_upload(std::string id, const Tools& tools) {
  auto work = [&uploads = tools.services.uploads, id = std::move(id)] { return uploads.lock(id); };
  co_return co_await tools.blocking.run(std::move(work));
}

bool wants_finish(const store::Upload& upload) noexcept {
  return !upload.partial && upload.offset == upload.length && upload.result.empty();
}

Task<std::string> make_episode(store::Upload upload, std::string request, const Tools& tools) {
  if (!upload.result.empty()) co_return upload.result;
  auto& uploads = tools.services.uploads;
  auto& blobs = tools.services.blobs;
  const auto id = upload.id;
  // Each step can be done twice: the blob by its content, the job by its key, the note by what it says.
  auto handed = described_by({upload.metadata.begin(), upload.metadata.end()});
  handed.request = std::move(request);
  auto work = [&blobs, &uploads, id] { return blobs.adopt(uploads.bytes_path(id)); };
  handed.blob = co_await tools.blocking.run(std::move(work));
  Principal owner;
  if (!upload.owner.empty()) {
    owner.key.emplace();
    owner.key->id = upload.owner;
  }
  const auto submitted = co_await submit(std::move(handed), owner, "upload " + id, 0, tools);
  upload.result = submitted.job.id;
  auto note = [&uploads, upload] {
    uploads.update(upload);
    uploads.drop_bytes(upload.id);
    for (const auto& part : upload.parts) uploads.remove(part);
  };
  co_await tools.blocking.run(std::move(note));
  co_return upload.result;
}

Task<void> make_left_over_episodes(Tools tools) {
  auto& uploads = tools.services.uploads;
  auto work = [&uploads] { return uploads.all(); };
  const auto all = co_await tools.blocking.run(std::move(work));
  for (const auto& upload : all) {
    if (!wants_finish(upload)) continue;
    const auto lock = co_await lock_upload(upload.id, tools);
    if (!lock) continue;
    try {
      co_await make_episode(upload, core::random_hex(request_id_bytes), tools);
    } catch (const std::exception& failure) {
      tools.services.log.warning(fmt::format("upload {}: {}", upload.id, failure.what()));
    }
  }
}

}  // namespace chasqui::server
