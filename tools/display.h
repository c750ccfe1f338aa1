#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Texts and numbers for people at a terminal. Pure.
namespace playhead::tools {

// Columns that the text takes on a terminal: wide characters take two, combining ones none. Bytes
// that are not UTF-8 count one each.
int DisplayWidth(std::string_view text);

// The text with control characters (which could steer a terminal) and bytes that are not UTF-8
// shown as U+FFFD.
std::string Printable(std::string_view text);

// The text in at most `width` columns: one that is wider loses its middle to an ellipsis.
std::string Shorten(std::string_view text, int width);

// 1234567 as 1,234,567.
std::string Grouped(std::int64_t number);

// The same of a number with so many decimals.
std::string Rounded(double number, int decimals);

// With as many decimals as help people: the larger, the fewer.
std::string ShownNumber(double number);

// Printable; `(unknown)` for an empty text, as which reports give what is not known.
std::string ShownText(std::string_view text);

}  // namespace playhead::tools
