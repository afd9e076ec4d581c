#include "app/service_settings.hpp"

#include "app/batch.hpp"
#include "app/model_store.hpp"
#include "server/hosts.hpp"

#include <fmt/format.h>

#include <array>
#include <unistd.h>

namespace chasqui::app {
namespace {

std::uint64_t mebibytes(const core::Config& config, std::string_view key) {
  return static_cast<std::uint64_t>(config.integer(key)) << 20;
}

core::Millis hours(const core::Config& config, std::string_view key) {
  return core::Millis(static_cast<std::int64_t>(config.number(key) * 3'600'000));
}

std::chrono::seconds seconds(const core::Config& config, std::string_view key) {
  return std::chrono::seconds(config.integer(key));
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "host";
}

}  // namespace

std::filesystem::path data_folder(const core::Config& config) {
  const auto& folder = config.text("data.folder");
  if (folder.empty())
    throw Failure(Errc::usage, "say where to keep the data: --data FOLDER, or data.folder in the configuration");
  return folder;
}

core::LogFormat log_format(const core::Config& config) {
  return config.text("log.format") == "json" ? core::LogFormat::json : core::LogFormat::text;
}

server::Settings server_settings(const core::Config& config) {
  server::Settings settings;
  settings.address = config.text("server.address");
  settings.port = static_cast<std::uint16_t>(config.integer("server.port"));
  settings.hosts = value_or_throw(server::parse_hosts(config.text("server.hosts")));
  settings.tls_certificate = config.text("server.tls_certificate");
  settings.tls_key = config.text("server.tls_key");
  settings.connections = static_cast<std::size_t>(config.integer("server.connections"));
  settings.connections_per_address = static_cast<std::size_t>(config.integer("server.connections_per_address"));
  settings.header_time = seconds(config, "server.header_seconds");
  settings.idle_time = seconds(config, "server.idle_seconds");
  settings.stall_time = seconds(config, "server.stall_seconds");
  settings.body_bytes_per_second = static_cast<std::uint64_t>(config.integer("server.body_bytes_per_second"));
  settings.leave_time = seconds(config, "server.leave_seconds");
  settings.drain_time = seconds(config, "server.drain_seconds");
  settings.io_threads = static_cast<unsigned>(config.integer("server.io_threads"));
  settings.open_submit = config.text("access.submit") == "open";
  settings.public_read = config.text("access.read") == "public";
  settings.requests_per_minute = static_cast<std::uint64_t>(config.integer("access.requests_per_minute"));
  settings.submissions_per_hour = static_cast<std::uint64_t>(config.integer("access.submissions_per_hour"));
  settings.upload_bytes = mebibytes(config, "limits.upload_mib");
  settings.small_bytes = mebibytes(config, "limits.small_mib");
  settings.small_time = seconds(config, "limits.small_seconds");
  settings.queue = config.integer("limits.queue");
  settings.uploads_at_once = static_cast<std::size_t>(config.integer("limits.uploads_at_once"));
  settings.keep_uploads = hours(config, "uploads.keep_hours");
  settings.attempts = config.integer("worker.attempts");
  settings.keep_free_bytes = mebibytes(config, "data.keep_free_mib");
  settings.quota_bytes = mebibytes(config, "data.quota_mib");
  settings.fetches = config.boolean("source.fetch");
  settings.version = version();
  return settings;
}

feed::FetchLimits fetch_limits(const core::Config& config) {
  feed::FetchLimits limits;
  limits.bytes = mebibytes(config, "limits.upload_mib");
  limits.whole = seconds(config, "source.seconds");
  limits.stall = seconds(config, "server.stall_seconds");
  limits.private_addresses = config.boolean("source.private_addresses");
  return limits;
}

store::S3BlobSettings s3_settings(const core::Config& config, std::stop_token stop) {
  store::S3BlobSettings settings;
  settings.s3.endpoint = config.text("s3.endpoint");
  settings.s3.bucket = config.text("s3.bucket");
  settings.s3.region = config.text("s3.region");
  settings.s3.prefix = config.text("s3.prefix");
  settings.s3.host_addressing = config.text("s3.addressing") == "host";
  settings.s3.keys = {config.text("s3.access_key_file"), config.text("s3.secret_key_file"),
                      config.text("s3.session_token_file")};
  settings.s3.ca_file = config.text("s3.ca_file");
  settings.s3.connect_time = seconds(config, "s3.connect_seconds");
  settings.s3.stall_time = seconds(config, "s3.stall_seconds");
  settings.s3.retry_time = seconds(config, "s3.retry_seconds");
  settings.s3.stop = std::move(stop);
  settings.s3.part_bytes = mebibytes(config, "s3.part_mib");
  settings.cache_bytes = mebibytes(config, "s3.cache_mib");
  settings.links = config.text("s3.downloads") == "presigned";
  settings.link_lifetime = seconds(config, "s3.presigned_seconds");
  return settings;
}

worker::Settings worker_settings(const core::Config& config, std::filesystem::path work) {
  worker::Settings settings;
  settings.name = fmt::format("{}-{}", host_name(), ::getpid());
  settings.count = static_cast<unsigned>(config.integer("worker.count"));
  settings.lease = seconds(config, "worker.lease_seconds");
  settings.backoff.first = core::Millis(static_cast<std::int64_t>(config.number("worker.backoff_seconds") * 1000));
  settings.work = std::move(work);
  settings.compress = options_from(config);
  settings.compress.model = chosen_model(config);
  return settings;
}

}  // namespace chasqui::app
