#include "quality/plot.hpp"

#include "quality/spectrogram_image.hpp"
#include "quality/stroke_font.hpp"
#include "quality/time_axis.hpp"
#include "unit/quality/signals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <tuple>

namespace chasqui::quality {
namespace {

using testing::HasSubstr;
using testing::Not;

Image decode(std::span<const std::byte> bytes) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&header, bytes.data(), bytes.size()) == 0) return {};
  header.format = PNG_FORMAT_RGB;
  Image image(static_cast<int>(header.width), static_cast<int>(header.height));
  png_image_finish_read(&header, nullptr, image.pixels.data(), 0, nullptr);
  return image;
}

struct Fixture {
  std::vector<float> x = test::voice(10, 16'000);
  std::vector<float> y = test::mix(x, test::noise(x.size(), 1), 0.05F);
  Signal reference{x, 16'000};
  Signal degraded{y, 16'000};
  Comparison comparison = compare(reference, degraded).value();
};

TEST(Plot, PngIsAPictureOfTheSizeAskedForWithBothSpectrograms) {
  const Fixture fixture;
  const auto picture = decode(plot_png(fixture.reference, fixture.degraded, fixture.comparison, {}));
  ASSERT_EQ(picture.width, 1'200);
  ASSERT_EQ(picture.height, 800);
  EXPECT_EQ(picture.at(2, 2), (Colour{255, 255, 255}));
  std::set<std::tuple<int, int, int>> colours;
  for (const Colour& pixel : picture.pixels) colours.insert({pixel.red, pixel.green, pixel.blue});
  EXPECT_GT(colours.size(), 200U);
}

TEST(Plot, SvgHasTheTextAsTextAndEscapesIt) {
  const Fixture fixture;
  PlotOptions options;
  options.title = "Lección <script>&\"ñ\x01";
  options.estoi_target = 0.8;
  const std::string svg = plot_svg(fixture.reference, fixture.degraded, fixture.comparison, options);
  EXPECT_THAT(svg, HasSubstr("Lección &lt;script&gt;&amp;&quot;ñ "));
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
  for (const char* label :
       {"Time (s)", "Frequency (kHz)", "Level (dBFS)", "ESTOI", "NSIM", "ESTOI target", "Reference", "Degraded"})
    EXPECT_THAT(svg, HasSubstr(label));
  std::size_t images = 0;
  for (std::size_t at = svg.find("data:image/png;base64,iVBOR"); at != std::string::npos;
       at = svg.find("data:image/png;base64,iVBOR", at + 1))
    ++images;
  EXPECT_EQ(images, 3U);  // two spectrograms and the colour bar
  EXPECT_THAT(svg, testing::EndsWith("</svg>\n"));
}

TEST(Plot, TakesWhatCouldNotBeScoredAndSizesOutOfBounds) {
  const std::vector<float> silence(8'000);
  const Signal signal{silence, 16'000};
  const auto comparison = compare(signal, signal).value();
  const auto picture = decode(
      plot_png(signal, signal, comparison,
               {.width = 1, .height = -5, .title = "", .reference_name = "", .degraded_name = "", .estoi_target = {}}));
  EXPECT_EQ(picture.width, 600);
  EXPECT_EQ(picture.height, 500);
  EXPECT_THAT(plot_svg(signal, signal, Comparison{}, {}), HasSubstr("no window has enough speech"));
}

TEST(SpectrogramGrid, ShowsAToneAtItsFrequencyAndLevel) {
  std::vector<float> tone(32'000);
  for (std::size_t i = 0; i < tone.size(); ++i)
    tone[i] = static_cast<float>(0.1 * std::sin(2 * std::numbers::pi * 2'000 * static_cast<double>(i) / 16'000));
  for (const int columns : {10, 300}) {
    const auto grid = spectrogram_grid(tone, 16'000, 8'000, columns, 256);
    const auto* column = grid.level_db.data() + static_cast<std::size_t>(columns / 2) * 256;
    const auto loudest = std::max_element(column, column + 256) - column;
    EXPECT_NEAR(static_cast<double>(loudest), 64, 1);
    EXPECT_NEAR(*std::max_element(column, column + 256), -20, 2.5);
    EXPECT_LT(column[150], -80);
  }
}

TEST(Viridis, GoesFromDarkPurpleToYellowEverBrighter) {
  EXPECT_EQ(viridis(-1), (Colour{68, 1, 84}));
  EXPECT_EQ(viridis(2), (Colour{253, 231, 37}));
  double previous = -1;
  for (int i = 0; i <= 100; ++i) {
    const Colour colour = viridis(i / 100.0);
    const double brightness = 0.2126 * colour.red + 0.7152 * colour.green + 0.0722 * colour.blue;
    EXPECT_GT(brightness, previous - 0.5);
    previous = brightness;
  }
}

TEST(StrokeFont, HasAllOfAsciiAndSpanishAndSurvivesBrokenText) {
  const auto points = [](const char* text) {
    std::vector<std::pair<double, double>> all;
    for (const auto& stroke : stroke_text(text, 12).strokes)
      for (const Point& point : stroke) all.emplace_back(point.x, point.y);
    return all;
  };
  for (char c = '!'; c <= '~'; ++c) EXPECT_FALSE(stroke_text(std::string(1, c), 12).strokes.empty()) << c;
  for (const char* letter : {"á", "é", "í", "ó", "ú", "ñ", "ü", "Á", "É", "Í", "Ó", "Ú", "Ñ", "Ü", "¿", "¡"})
    EXPECT_NE(points(letter), points("?")) << letter;
  EXPECT_GT(stroke_text("ñ", 12).strokes.size(), stroke_text("n", 12).strokes.size());
  for (const char* broken : {"\xFF", "\xC3", "\xE2\x82", "\xF0\x9F\x98\x80", "\xC3("})
    EXPECT_FALSE(stroke_text(broken, 12).strokes.empty());
  EXPECT_EQ(stroke_text("", 12).width, 0);
  EXPECT_NEAR(stroke_text("Hola", 24).width, 2 * stroke_text("Hola", 12).width, 1e-9);
}

TEST(TimeAxis, WritesTimesAsTheLengthAsksFor) {
  EXPECT_EQ(clock_text(12.34, 30), "12.3 s");
  EXPECT_EQ(clock_text(185, 600), "3:05");
  EXPECT_EQ(clock_text(3'760, 7'200), "1:02:40");
}

}  // namespace
}  // namespace chasqui::quality
