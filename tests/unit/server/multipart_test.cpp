#include "server/multipart.hpp"

#include "server/problem.hpp"

#include <gtest/gtest.h>

namespace chasqui::server {
namespace {

struct Heard {
  std::string text;
  MultipartReader::Sink sink() {
    return {[this](const PartHead& head) { text += "[" + head.name + "|" + head.file_name + "]"; },
            [this](std::string_view data) { text += data; }, [this] { text += "."; }};
  }
};

constexpr std::string_view body =
    "preamble\r\n--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b-\r\n\r\n--B \r\nX: "
    "y\r\ncontent-disposition: "
    "form-data; filename=\"C:\\\\x/y.wav\"; name=f\r\n\r\n\r\n--\r\n--B--\r\nepilogue";

TEST(Multipart, PiecesOfAnySizeGiveTheSame) {
  for (std::size_t size = 1; size <= body.size(); ++size) {
    Heard heard;
    MultipartReader reader("B", heard.sink());
    for (std::size_t at = 0; at < body.size(); at += size) reader.take(body.substr(at, size));
    EXPECT_TRUE(reader.complete());
    EXPECT_EQ(heard.text, "[a|]1\r\n--b-\r\n.[f|y.wav]\r\n--.") << size;
  }
}

TEST(Multipart, EveryTruncationIsNoticed) {
  const auto whole = body.substr(0, body.find("epilogue"));
  for (std::size_t length = 0; length + 2 < whole.size(); ++length) {
    Heard heard;
    MultipartReader reader("B", heard.sink());
    reader.take(whole.substr(0, length));
    EXPECT_FALSE(reader.complete()) << length;
  }
}

TEST(Multipart, Boundaries) {
  EXPECT_THROW(MultipartReader("", {}), Refusal);
  EXPECT_THROW(MultipartReader(std::string(71, 'b'), {}), Refusal);
}

}  // namespace
}  // namespace chasqui::server
