// Compresses one recording with the installed library: compress_lesson IN OUT
#include <chasqui/compress.hpp>
#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: compress_lesson IN OUT\n", stderr);
    return 64;
  }
  try {
    chasqui::CompressOptions options;
    options.bitrate_kbps = 8;
    const chasqui::CompressResult result = chasqui::compress_file(argv[1], argv[2], options);
    std::printf("%.1f s of sound in %llu bytes\n", result.seconds,
                static_cast<unsigned long long>(result.output_bytes));
  } catch (const chasqui::Failure& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
  }
}
