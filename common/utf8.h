#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace playhead {

// Whether `text` is well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
// NUL is a character.
bool IsValidUtf8(std::string_view text);

// `text` with every byte that is not part of a well-formed character replaced by U+FFFD.
std::string ValidUtf8(std::string_view text);

// The longest prefix of at most `max_bytes` bytes that does not end inside a character. `text` is
// well-formed.
std::string_view CutUtf8(std::string_view text, std::size_t max_bytes);

}  // namespace playhead
