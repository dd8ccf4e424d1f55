// SPDX-License-Identifier: Apache-2.0
// Turns token bytes into text that can be sent at once: never half a code point, never the start of
// what may become a stop string, never invalid UTF-8 (replaced by U+FFFD). Guards against clients
// that break on cut characters and against leaking the bytes of a stop marker.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace claustrum::engine {

class TextStream {
 public:
  // Stop strings are non-empty and valid UTF-8.
  explicit TextStream(std::vector<std::string> stops) : stops_(std::move(stops)) {}
  ~TextStream();
  TextStream(const TextStream&) = delete;
  TextStream& operator=(const TextStream&) = delete;

  // Text that is now certain. After stopped() everything is swallowed.
  std::string push(std::string_view token);
  // What was held back, at the end of the generation.
  std::string finish();
  bool stopped() const { return stopped_; }

 private:
  std::string release(bool all);
  std::vector<std::string> stops_;
  std::string bytes_;  // an unfinished code point
  std::string held_;   // valid text that may begin a stop string
  bool stopped_ = false;
};

}  // namespace claustrum::engine
