#include "tools/display.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace playhead::tools {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// A code point, or -1 for a byte that is not UTF-8, and how many bytes it took.
struct CodePoint {
  std::int32_t value = -1;
  std::size_t bytes = 1;
};

CodePoint DecodeFirst(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  const std::size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < length) return {};
  std::int32_t value = byte(0) & (0x7F >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3F);
  }
  constexpr std::int32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kLeast[length] || value > 0x10FFFF || is_surrogate) return {};
  return {value, length};
}

struct CodeRange {
  std::int32_t first;
  std::int32_t last;
};

bool IsIn(std::int32_t value, const auto& ranges) {
  return std::ranges::any_of(
      ranges, [value](CodeRange range) { return value >= range.first && value <= range.last; });
}

bool IsCombining(std::int32_t value) {
  static constexpr CodeRange kRanges[] = {{0x300, 0x36F},   {0x483, 0x489},   {0x591, 0x5BD},
                                          {0x610, 0x61A},   {0x64B, 0x65F},   {0x1AB0, 0x1AFF},
                                          {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x20D0, 0x20FF},
                                          {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xE0100, 0xE01EF}};
  return IsIn(value, kRanges);
}

bool IsWide(std::int32_t value) {
  static constexpr CodeRange kRanges[] = {
      {0x1100, 0x115F},  {0x2E80, 0x303E},   {0x3041, 0xA4CF},   {0xA960, 0xA97F},
      {0xAC00, 0xD7A3},  {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
      {0xFFE0, 0xFFE6},  {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF},
      {0x20000, 0x3FFFD}};
  return IsIn(value, kRanges);
}

// Also the characters that turn the direction of writing.
bool IsControl(std::int32_t value) {
  static constexpr CodeRange kRanges[] = {
      {0, 0x1F}, {0x7F, 0x9F}, {0x202A, 0x202E}, {0x2066, 0x2069}};
  return IsIn(value, kRanges);
}

int Width(std::int32_t value) { return IsCombining(value) ? 0 : IsWide(value) ? 2 : 1; }

}  // namespace

int DisplayWidth(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const CodePoint point = DecodeFirst(text);
    width += Width(point.value);
    text.remove_prefix(point.bytes);
  }
  return width;
}

std::string Printable(std::string_view text) {
  std::string printable;
  while (!text.empty()) {
    const CodePoint point = DecodeFirst(text);
    const bool is_shown = point.value >= 0 && !IsControl(point.value);
    printable += is_shown ? text.substr(0, point.bytes) : kReplacement;
    text.remove_prefix(point.bytes);
  }
  return printable;
}

std::string Shorten(std::string_view text, int width) {
  const int whole = DisplayWidth(text);
  if (whole <= width) return std::string(text);
  if (width <= 0) return "";
  const int head = width / 2;         // columns before the ellipsis, at most
  const int tail = width - 1 - head;  // columns after it, at most
  std::string before;
  std::string after;
  for (int at = 0; !text.empty();) {
    const CodePoint point = DecodeFirst(text);
    const int next = at + Width(point.value);
    if (next <= head) before += text.substr(0, point.bytes);
    if (at >= whole - tail) after += text.substr(0, point.bytes);
    at = next;
    text.remove_prefix(point.bytes);
  }
  return absl::StrCat(before, "\u2026", after);
}

std::string Grouped(std::int64_t number) {
  const std::string digits = absl::StrCat(number);
  std::string grouped;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const bool follows_digit = i > 0 && digits[i - 1] != '-';
    if (follows_digit && (digits.size() - i) % 3 == 0) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string Rounded(double number, int decimals) {
  std::string text = absl::StrFormat("%.*f", decimals, number == 0 ? 0.0 : number);
  if (!std::isfinite(number) || std::abs(number) < 999 || std::abs(number) > 1e15) return text;
  const std::size_t point = std::min(text.find('.'), text.size());
  return Grouped(std::stoll(text.substr(0, point))) + text.substr(point);
}

std::string ShownNumber(double number) {
  const double size = std::abs(number);
  std::string text = Rounded(number, size >= 1000 ? 1 : size >= 1 ? 3 : 4);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string ShownText(std::string_view text) {
  return text.empty() ? "(unknown)" : Printable(text);
}

}  // namespace playhead::tools
