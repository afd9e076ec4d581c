#include "quality/stroke_font.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace chasqui::quality {
namespace {

// One glyph: strokes separated by spaces, each a row of points, each two hexadecimal digits: x to the right, y down
// from the top of the capitals. Baseline 8, x-height 3, descenders reach a.
constexpr std::array<const char*, 95> glyphs = {
    /*   */ "",
    /* ! */ "2025 2828",
    /* " */ "1012 3032",
    /* # */ "2018 4038 0353 0555",
    /* $ */ "514010010314445557481807 2020 2929 2029",
    /* % */ "5008 0010120200 4656584846",
    /* & */ "5813112031320507183855",
    /* ' */ "1012",
    /* ( */ "302113162839",
    /* ) */ "102133362819",
    /* * */ "2226 0345 4305",
    /* + */ "2327 0545",
    /* , */ "17180a",
    /* - */ "0535",
    /* . */ "1818",
    /* / */ "4008",
    /* 0 */ "104051574818070110",
    /* 1 */ "123038 1858",
    /* 2 */ "01104051530858",
    /* 3 */ "01104051534424 445557481807",
    /* 4 */ "400656 4048",
    /* 5 */ "50000413435457481807",
    /* 6 */ "514010010718485755441405",
    /* 7 */ "005028",
    /* 8 */ "104051534414030110 1405071848575544",
    /* 9 */ "071848575140100103144453",
    /* : */ "1414 1818",
    /* ; */ "1414 17180a",
    /* < */ "420548",
    /* = */ "0444 0646",
    /* > */ "024508",
    /* ? */ "01104051532526 2828",
    /* @ */ "462615142343465551401001071858",
    /* A */ "083068 1555",
    /* B */ "00084857554404 0040515344",
    /* C */ "5140100107184857",
    /* D */ "00083856523000",
    /* E */ "50000858 0444",
    /* F */ "500008 0444",
    /* G */ "51401001071848575434",
    /* H */ "0008 5058 0454",
    /* I */ "1018",
    /* J */ "4047381807",
    /* K */ "0008 5005 2358",
    /* L */ "000848",
    /* M */ "0800356068",
    /* N */ "08005850",
    /* O */ "204062664828060220",
    /* P */ "08004051534404",
    /* Q */ "204062664828060220 4668",
    /* R */ "08004051534404 2458",
    /* S */ "514010010314445557481807",
    /* T */ "0060 3038",
    /* U */ "000718485750",
    /* V */ "003860",
    /* W */ "0018335860",
    /* X */ "0058 5008",
    /* Y */ "003460 3438",
    /* Z */ "00500858",
    /* [ */ "30101939",
    /* \ */ "0048",
    /* ] */ "10303919",
    /* ^ */ "022042",
    /* _ */ "0959",
    /* ` */ "1021",
    /* a */ "0413334448 45150607183847",
    /* b */ "0008 0413334447381807",
    /* c */ "4433130407183847",
    /* d */ "4048 4433130407183847",
    /* e */ "05454433130407183847",
    /* f */ "30201118 0333",
    /* g */ "43493a1a09 4433130407183847",
    /* h */ "0008 0413334448",
    /* i */ "0308 0101",
    /* j */ "13190a 1111",
    /* k */ "0008 4306 2548",
    /* l */ "000718",
    /* m */ "0308 0413233438 3443536468",
    /* n */ "0308 0413334448",
    /* o */ "133344473818070413",
    /* p */ "030a 0413334447381807",
    /* q */ "434a 4433130407183847",
    /* r */ "0308 05142333",
    /* s */ "44331304153647381807",
    /* t */ "11172838 0333",
    /* u */ "0307183847 4348",
    /* v */ "032843",
    /* w */ "0318345863",
    /* x */ "0348 4308",
    /* y */ "0328 431a0a",
    /* z */ "03430848",
    /* { */ "30212314252839",
    /* | */ "1019",
    /* } */ "10212334252819",
    /* ~ */ "0514253544",
};

constexpr const char* acute = "2130";
constexpr const char* tilde = "01101131";
constexpr const char* diaeresis = "1010 3030";
constexpr const char* no_mark = "";

struct Composed {
  char32_t code;
  char base;
  const char* mark;
};

constexpr std::array<Composed, 16> composed = {{
    {U'á', 'a', acute},
    {U'é', 'e', acute},
    {U'í', 'i', acute},
    {U'ó', 'o', acute},
    {U'ú', 'u', acute},
    {U'ñ', 'n', tilde},
    {U'ü', 'u', diaeresis},
    {U'Á', 'A', acute},
    {U'É', 'E', acute},
    {U'Í', 'I', acute},
    {U'Ó', 'O', acute},
    {U'Ú', 'U', acute},
    {U'Ñ', 'N', tilde},
    {U'Ü', 'U', diaeresis},
    {U'–', '-', no_mark},
    {U'’', '\'', no_mark},
}};

constexpr const char* inverted_question_mark = "57481807053332 3030";
constexpr const char* inverted_exclamation_mark = "1318 1010";

constexpr double units_per_em = 12;
constexpr double baseline = 8;
constexpr double letter_gap = 2.2;
constexpr double space_width = 2.4;

int digit(char c) {
  return c <= '9' ? c - '0' : c - 'a' + 10;
}

// The next character of `text`, which loses it.
char32_t take_character(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 0;
  if (length == 0 || length > text.size()) {
    text.remove_prefix(1);
    return U'?';
  }
  char32_t code = length == 1 ? first : first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) {
      text.remove_prefix(i);
      return U'?';
    }
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  text.remove_prefix(length);
  return code;
}

class Pen {
 public:
  explicit Pen(double scale) : scale_(scale) {}

  void write(char32_t code) {
    if (code == U'¿') return glyph(inverted_question_mark);
    if (code == U'¡') return glyph(inverted_exclamation_mark);
    const auto* match = std::ranges::find(composed, code, &Composed::code);
    if (match != composed.end()) return accented(*match);
    glyph(glyphs[code >= U' ' && code <= U'~' ? code - U' ' : U'?' - U' ']);
  }
  StrokedText take() {
    out_.width = std::max(0.0, (x_ - letter_gap) * scale_);
    return std::move(out_);
  }

 private:
  void accented(const Composed& letter) {
    const bool capital = letter.base < 'a';
    const double start = x_;
    // An accent takes the place of the dot on the i.
    glyph(letter.base == 'i' ? "0308" : glyphs[static_cast<std::size_t>(letter.base - ' ')]);
    const double end = x_;
    const double mark_width = 4;
    x_ = std::max(start - 2, (start + end - letter_gap - mark_width) / 2);
    add(letter.mark, capital ? -2.5 : 0);
    x_ = end;
  }
  void glyph(const char* strokes) {
    const double width = add(strokes, 0);
    x_ += (width < 0 ? space_width : width) + letter_gap;
  }
  // Gives the glyph's width, negative when there is nothing to draw.
  double add(std::string_view strokes, double dy) {
    double width = -1;
    std::vector<Point> stroke;
    const auto end_stroke = [&] {
      if (!stroke.empty()) out_.strokes.push_back(std::exchange(stroke, {}));
    };
    for (std::size_t i = 0; i < strokes.size();) {
      if (strokes[i] == ' ') {
        end_stroke();
        ++i;
        continue;
      }
      const double x = digit(strokes[i]);
      const double y = digit(strokes[i + 1]);
      width = std::max(width, x);
      stroke.push_back({(x_ + x) * scale_, (y + dy - baseline) * scale_});
      i += 2;
    }
    end_stroke();
    return width;
  }

  double scale_;
  double x_ = 0;
  StrokedText out_;
};

}  // namespace

StrokedText stroke_text(std::string_view utf8, double em_pixels) {
  Pen pen(em_pixels / units_per_em);
  while (!utf8.empty()) pen.write(take_character(utf8));
  return pen.take();
}

}  // namespace chasqui::quality
