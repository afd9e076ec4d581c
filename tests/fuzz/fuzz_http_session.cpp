// A whole session over a connection in memory: whatever comes, it ends, with answers of HTTP, none of them a fault.
#include "app/opus_cutter.hpp"
#include "jobs/no_dead_letters.hpp"
#include "jobs/sql_keys.hpp"
#include "jobs/sql_repository.hpp"
#include "jobs/sqlite_database.hpp"
#include "server/routes.hpp"
#include "server/session.hpp"
#include "store/file_blob_store.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/detached.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace chasqui;
using namespace chasqui::server;

/// Gives the input in pieces of one size, then the end.
class MemoryTransport final : public Transport {
 public:
  MemoryTransport(std::string_view input, std::size_t piece, std::string& answers)
      : input_(input), piece_(piece), answers_(answers) {}

  Task<std::size_t> read_some(std::span<char> buffer) override {
    const auto size = std::min({buffer.size(), piece_, closed_ ? 0 : input_.size()});
    std::copy_n(input_.data(), size, buffer.data());
    input_.remove_prefix(size);
    co_return size;
  }
  Task<bool> write(std::string_view bytes) override {
    answers_ += bytes;
    co_return !closed_;
  }
  Task<bool> send_file(std::string head, int, std::uint64_t, std::uint64_t) override {
    answers_ += head;
    co_return !closed_;
  }
  Task<void> say_goodbye() override { co_return; }
  void close() override { closed_ = true; }
  std::uint64_t moved() override { return 0; }

 private:
  std::string_view input_;
  std::size_t piece_;
  std::string& answers_;
  bool closed_ = false;
};

/// A service that takes everything in and has no workers.
struct World {
  World() {
    settings.open_submit = true;
    settings.hosts = {"*"};
    settings.queue = 16;
    settings.small_time = std::chrono::seconds(0);
    settings.keep_free_bytes = 0;
    settings.requests_per_minute = settings.submissions_per_hour = 1'000'000'000;
  }
  std::filesystem::path made(const char* name) const {
    std::filesystem::create_directory(folder.path() / name);
    return folder.path() / name;
  }
  test::TemporaryFolder folder;
  jobs::SqliteDatabase database{folder.path() / "chasqui.db"};
  jobs::SqlRepository repository{database};
  jobs::SqlKeys keys{database};
  store::FileBlobStore blobs{made("blobs"), made("corrupt")};
  store::UploadStore uploads{made("uploads")};
  jobs::NoDeadLetters dead_letters;
  jobs::Bell bell;
  core::Metrics metrics;
  core::Log log{"off"};
  Settings settings;
  app::OpusCutter cutter;
  Services services{repository,
                    keys,
                    blobs,
                    uploads,
                    bell,
                    metrics,
                    log,
                    core::system_clock(),
                    [] { return std::uint64_t{1} << 40; },
                    dead_letters,
                    [] {},
                    cutter,
                    [] {}};
  bool leaving = false;
  bool draining = false;
  Blocking blocking{1, 64};
  Access access{settings, services, blocking};
  Tools tools{settings, services, access, blocking, leaving, draining};
  Router router = make_routes(tools);
  Site site{settings, services, router, access, leaving, draining};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  if (size < 1) return 0;
  const std::size_t piece = std::size_t{1} << (data[0] % 14);
  std::string answers;
  asio::io_context reactor{1};
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto connection = std::make_shared<Connection>(std::make_unique<MemoryTransport>(input, piece, answers), "fuzz");
  asio::co_spawn(reactor, serve(connection, world.site), asio::detached);
  reactor.run();
  if (!answers.empty() && !answers.starts_with("HTTP/1.1 ")) std::abort();
  if (answers.find("HTTP/1.1 500") != std::string::npos) std::abort();
  return 0;
}
