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
    ConfigKey{"worker.drain_seconds", integer, "0", 0, 86400, "",
              "time for episodes under way to be finished after SIGTERM, before they are given back"},
    ConfigKey{"service.engine", choice, "embedded", 0, 0, "embedded|cluster",
              "embedded: all in one process; cluster: PostgreSQL, RabbitMQ and any number of `serve` and `worker`"},
    ConfigKey{"service.shared_folder", text, "", 0, 0, "",
              "cluster: folder with recordings and results that all processes see; empty: data.folder"},
    ConfigKey{"database.url", text, "", 0, 0, "", "cluster: postgresql://user@host:port/name?sslmode=verify-full"},
    ConfigKey{"database.password_file", text, "", 0, 0, "", "cluster: file with the database's password"},
    ConfigKey{"database.connections", integer, "8", 1, 1000, "", "cluster: at most, of one process"},
    ConfigKey{"database.connect_seconds", integer, "3", 2, 300, "", "cluster: time to connect"},
    ConfigKey{"database.statement_seconds", integer, "10", 1, 3600, "", "cluster: time for one statement or lock"},
    ConfigKey{"broker.addresses", text, "", 0, 0, "",
              "cluster: amqps://user@host:5671/vhost; several, with commas, are tried in turn"},
    ConfigKey{"broker.password_file", text, "", 0, 0, "", "cluster: file with the broker's password"},
    ConfigKey{"broker.ca_file", text, "", 0, 0, "",
              "cluster: who may sign the broker's certificate; empty: the system's"},
    ConfigKey{"broker.certificate_file", text, "", 0, 0, "", "cluster: certificate of this client"},
    ConfigKey{"broker.key_file", text, "", 0, 0, "", "cluster: key of broker.certificate_file"},
    ConfigKey{"broker.heartbeat_seconds", integer, "10", 2, 600, "", "cluster: a silent line counts as dead after two"},
    ConfigKey{"broker.delivery_limit", integer, "20", 1, 1000, "",
              "cluster: a message that is offered oftener becomes a dead letter"},
    ConfigKey{"broker.prefix", text, "chasqui", 0, 0, "", "cluster: of the names of queues and exchanges"},
    ConfigKey{"log.level", choice, "info", 0, 0, "debug|info|warning|error", "what is worth a line on standard error"},
};

}  // namespace

std::span<const ConfigKey> config_table() noexcept {
  return table;
}

}  // namespace chasqui::core
