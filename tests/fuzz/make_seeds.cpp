// Writes a handful of valid inputs for a fuzz target: make_fuzz_seeds TARGET FOLDER
#include "unit/opus/support.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

namespace opus = chasqui::opus;

class Seeds {
 public:
  explicit Seeds(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
  }
  void add(std::span<const std::uint8_t> bytes) {
    std::ofstream out(folder_ / std::to_string(count_++), std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }

 private:
  std::filesystem::path folder_;
  int count_ = 0;
};

std::vector<std::vector<opus::Packet>> streams() {
  const auto pcm = opus::test::voice(48'000);
  std::vector<std::vector<opus::Packet>> all;
  for (const opus::EncoderSettings& settings :
       {opus::EncoderSettings{.bitrate_kbps = 8},
        opus::EncoderSettings{.bitrate_kbps = 12, .frame_ms = 20, .dtx = true},
        opus::EncoderSettings{.bitrate_kbps = 40, .bandwidth = opus::Bandwidth::full, .mode = opus::Mode::celt}}) {
    all.push_back(opus::test::encode_whole(pcm, settings));
    all.push_back(opus::join_packets(all.back()));
  }
  return all;
}

const opus::Comments comments{"vendor",
                              {"TITLE=T\xc3\xadtulo", "ARTIST=", "CHAPTER000=00:00:00.000", "CHAPTER000NAME=x"}};

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fputs("usage: make_fuzz_seeds TARGET FOLDER\n", stderr);
    return 64;
  }
  const std::string target = arguments[1];
  Seeds seeds(arguments[2]);
  if (target == "fuzz_config") {
    constexpr std::string_view text = "# lesson\ncompress.bitrate_kbps = 9.5\ncompress.format = webm\n";
    seeds.add(std::vector<std::uint8_t>(text.begin(), text.end()));
    return 0;
  }
  if (target == "fuzz_http_session") {
    // The first byte says in which pieces the rest comes.
    for (const std::string_view text :
         {"\x04GET /v1/episodes?limit=2&q=a HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1,-5\r\n\r\nHEAD / HTTP/1.1\r\nHost: "
          "x\r\n\r\n",
          "\x0cPOST /v1/episodes?bitrate=8 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
          "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
          "\x02POST /v1/episodes HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; "
          "boundary=B\r\nContent-Length: "
          "118\r\n\r\n--B\r\nContent-Disposition: form-data; name=t\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; "
          "name=f; "
          "filename=a\r\n\r\nx\r\n--B--\r\n",
          "\x0cPOST /v1/episodes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
          "27\r\n\r\n{\"source_url\":\"http://a/b\"}",
          "\x0cPOST /v1/uploads HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nUpload-Length: 3\r\nUpload-Metadata: "
          "title "
          "VA==\r\nUpload-Checksum: sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=\r\nContent-Type: "
          "application/offset+octet-stream\r\nContent-Length: 3\r\n\r\nabc",
          "\x0cPATCH /v1/uploads/00000000000000000000000000 HTTP/1.1\r\nHost: x\r\nTus-Resumable: "
          "1.0.0\r\nUpload-Offset: 0\r\n\r\n"})
      seeds.add(std::vector<std::uint8_t>(text.begin(), text.end()));
    return 0;
  }
  if (target == "fuzz_comments") {
    seeds.add(opus::serialize(comments));
    seeds.add(opus::serialize({}));
    return 0;
  }
  for (const auto& packets : streams()) {
    if (target == "fuzz_ogg_reader") seeds.add(opus::test::ogg_file(packets, 48'000, comments));
    if (target == "fuzz_packet") seeds.add(packets[1].bytes);
  }
  return 0;
}
