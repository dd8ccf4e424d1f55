// SPDX-License-Identifier: Apache-2.0
// Text from evidence or from a policy's author on its way to a terminal: no control bytes, so that
// nothing can repaint a verdict.
#pragma once

#include <string>
#include <string_view>

namespace claustrum::policy {

// One line of at most `width` bytes, cut between characters.
std::string one_line(std::string_view text, std::size_t width);
// One line of any length.
std::string clean(std::string_view text);
// At least `width` bytes.
std::string padded(std::string text, std::size_t width);
// Nothing in it that could be read: no reason for anything.
bool is_blank(std::string_view text);

}  // namespace claustrum::policy
