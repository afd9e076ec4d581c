#include "core/config.hpp"

#include <array>

namespace chasqui::core {
namespace {

using enum ConfigType;

constexpr std::array table{
    ConfigKey{"compress.bitrate_kbps", number, "8", 5, 64, "", "bitrate of the compressed sound, kb/s"},
    ConfigKey{"compress.format", choice, "opus", 0, 0, "opus|webm|caf|mp3", "container and codec of the output"},
    ConfigKey{"compress.denoise", choice, "auto", 0, 0, "auto|on|off", "noise suppression; auto: only where it pays"},
    ConfigKey{"compress.trim_pauses", boolean, "false", 0, 0, "", "shorten dead air"},
    ConfigKey{"compress.threads", integer, "0", 0, 1024, "", "threads that compute; 0: one per processor"},
    ConfigKey{"compress.model", text, "auto", 0, 0, "",
              "what guesses settings for --quality: a model's name or folder; auto: the one in use; none: search"},
    ConfigKey{"models.folder", text, "", 0, 0, "", "models; empty: beside chasqui, else installed"},
    ConfigKey{"decoder.longest_hours", number, "24", 0.001, 1000, "", "longer recordings are refused"},
    ConfigKey{"decoder.memory_mib", integer, "512", 64, 65536, "", "address space of the decoder process"},
    ConfigKey{"decoder.stall_seconds", integer, "30", 1, 3600, "", "a decoder process silent for so long is ended"},
    ConfigKey{"decoder.program", text, "", 0, 0, "",
              "the chasqui-decode program; empty: beside chasqui, else installed"},
    ConfigKey{"spool.folder", text, "", 0, 0, "",
              "temporary sound, 96 kB per second of it; empty: TMPDIR, else /var/tmp"},
    ConfigKey{"data.folder", text, "", 0, 0, "", "where `serve` keeps database and files; made when missing"},
    ConfigKey{"data.keep_free_mib", integer, "256", 0, 1048576, "",
              "nothing is taken in when less room than this is left"},
    ConfigKey{"data.quota_mib", integer, "0", 0, 1073741824, "", "all recordings and results together; 0: no limit"},
    ConfigKey{"data.keep_inputs_hours", number, "168", 0, 1000000, "",
              "how long a recording is kept after its episode is finished, for further formats"},
    ConfigKey{"data.keep_failed_hours", number, "720", 0, 1000000, "",
              "how long failed and cancelled episodes are listed"},
    ConfigKey{"data.spare_hours", number, "1", 0, 1000000, "", "how long a file that nothing refers to is kept"},
    ConfigKey{"data.blobs", choice, "files", 0, 0, "files|s3", "where recordings and results are kept"},
    ConfigKey{"s3.endpoint", text, "", 0, 0, "", "address of the S3 server, as https://s3.example.org"},
    ConfigKey{"s3.bucket", text, "", 0, 0, "", "bucket; it must exist"},
    ConfigKey{"s3.region", text, "us-east-1", 0, 0, "", "region that requests are signed for"},
    ConfigKey{"s3.prefix", text, "", 0, 0, "", "of every key, with '/' at its end; for one bucket with several users"},
    ConfigKey{"s3.addressing", choice, "path", 0, 0, "path|host", "bucket in the path, or before the host's name"},
    ConfigKey{"s3.access_key_file", text, "", 0, 0, "", "file with the access key; empty: AWS_ACCESS_KEY_ID"},
    ConfigKey{"s3.secret_key_file", text, "", 0, 0, "", "file with the secret key; empty: AWS_SECRET_ACCESS_KEY"},
    ConfigKey{"s3.session_token_file", text, "", 0, 0, "",
              "file with the token of temporary credentials; empty: AWS_SESSION_TOKEN, if set"},
    ConfigKey{"s3.ca_file", text, "", 0, 0, "", "certificates of authorities to trust; empty: the system's"},
    ConfigKey{"s3.downloads", choice, "proxied", 0, 0, "proxied|presigned",
              "whether listeners get files from here, or are sent to the S3 server"},
    ConfigKey{"s3.presigned_seconds", integer, "900", 1, 604800, "", "how long such a link works"},
    ConfigKey{"s3.cache_mib", integer, "4096", 0, 1073741824, "", "copies on disk of what is on S3"},
    ConfigKey{"s3.part_mib", integer, "16", 5, 5120, "", "larger files go up in pieces of this size"},
    ConfigKey{"s3.connect_seconds", integer, "5", 1, 600, "", "time to reach the S3 server"},
    ConfigKey{"s3.stall_seconds", integer, "20", 1, 3600, "", "a transfer under 1 kB/s for so long is broken off"},
    ConfigKey{"s3.retry_seconds", integer, "30", 0, 3600, "", "how long one operation is tried again"},
    ConfigKey{"server.address", text, "127.0.0.1", 0, 0, "", "address to listen on; 0.0.0.0 or :: for all"},
    ConfigKey{"server.port", integer, "8080", 0, 65535, "", "port to listen on; 0: any that is free"},
    ConfigKey{"server.connections", integer, "2048", 1, 100000, "", "connections at once"},
    ConfigKey{"server.connections_per_address", integer, "256", 1, 100000, "", "connections at once from one address"},
    ConfigKey{"server.header_seconds", integer, "15", 1, 3600, "", "time for a request's header to arrive whole"},
    ConfigKey{"server.idle_seconds", integer, "60", 1, 3600, "", "how long an unused connection is kept"},
    ConfigKey{"server.stall_seconds", integer, "60", 1, 3600, "",
              "a body or answer that moves no byte for so long is given up"},
    ConfigKey{"server.body_bytes_per_second", integer, "100", 0, 1000000, "",
              "a body slower than this on average is given up after stall_seconds"},
    ConfigKey{"server.drain_seconds", integer, "30", 0, 3600, "", "time for answers under way to end after SIGTERM"},
    ConfigKey{"server.io_threads", integer, "4", 1, 64, "", "threads for database and disk"},
    ConfigKey{"access.submit", choice, "keyed", 0, 0, "keyed|open", "who may submit: holders of a key, or everybody"},
    ConfigKey{"access.read", choice, "public", 0, 0, "public|keyed",
              "who may list, watch and download finished episodes"},
    ConfigKey{"access.requests_per_minute", integer, "6000", 1, 10000000, "", "of one address"},
    ConfigKey{"access.submissions_per_hour", integer, "1000", 1, 10000000, "",
              "of one key, or one address without key"},
    ConfigKey{"limits.upload_mib", integer, "2048", 1, 1048576, "", "largest recording"},
    ConfigKey{"limits.small_mib", integer, "32", 1, 1024, "", "largest recording of POST /v1/compress"},
    ConfigKey{"limits.small_seconds", integer, "60", 1, 3600, "", "how long POST /v1/compress waits for the work"},
    ConfigKey{"limits.queue", integer, "1000", 1, 10000000, "", "episodes that may wait at once"},
    ConfigKey{"limits.uploads_at_once", integer, "64", 1, 10000, "", "bodies taken in at once"},
    ConfigKey{"uploads.keep_hours", number, "24", 0.001, 10000, "", "how long an unfinished upload can be resumed"},
    ConfigKey{"source.fetch", boolean, "true", 0, 0, "", "whether recordings are fetched from a source_url"},
    ConfigKey{"source.private_addresses", boolean, "false", 0, 0, "",
              "fetch also from hosts that are not public, as of one's own network"},
    ConfigKey{"source.seconds", integer, "3600", 1, 86400, "", "time to fetch one recording"},
    ConfigKey{"worker.count", integer, "1", 0, 256, "", "episodes compressed at once; 0: this process takes no work"},
    ConfigKey{"worker.lease_seconds", integer, "30", 2, 3600, "", "a worker silent for so long has lost its episode"},
    ConfigKey{"worker.attempts", integer, "3", 1, 100, "", "tries before an episode counts as failed"},
    ConfigKey{"worker.backoff_seconds", number, "5", 0, 3600, "", "wait before the second try; doubles each time"},
    ConfigKey{"log.level", choice, "info", 0, 0, "debug|info|warning|error", "what is worth a line on standard error"},
};

}  // namespace

std::span<const ConfigKey> config_table() noexcept {
  return table;
}

}  // namespace chasqui::core
