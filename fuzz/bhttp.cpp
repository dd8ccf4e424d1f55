// SPDX-License-Identifier: Apache-2.0
// Binary HTTP of both directions, whole and in pieces: the same verdict however it is cut.
#include <cstdint>

#include "claustrum/channel/bhttp.h"

namespace {

using claustrum::BytesView;

template <typename Decoder>
bool decode(BytesView message, std::size_t step, claustrum::Bytes& content) {
  Decoder decoder;
  for (std::size_t at = 0; at < message.size(); at += step) {
    if (!decoder.feed(message.subspan(at, std::min(step, message.size() - at))).ok()) {
      return false;
    }
    claustrum::append(content, decoder.take_content());
  }
  const bool done = decoder.finish().ok();
  claustrum::append(content, decoder.take_content());
  return done;
}

template <typename Decoder>
void compare(BytesView message, std::size_t step) {
  claustrum::Bytes whole;
  claustrum::Bytes pieces;
  const bool whole_ok = decode<Decoder>(message, message.size() + 1, whole);
  const bool pieces_ok = decode<Decoder>(message, step, pieces);
  if (whole_ok != pieces_ok || (whole_ok && whole != pieces)) {
    __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const BytesView message(data + 1, size - 1);
  const std::size_t step = std::size_t{data[0]} % 16 + 1;
  compare<claustrum::channel::BhttpRequestDecoder>(message, step);
  compare<claustrum::channel::BhttpResponseDecoder>(message, step);
  return 0;
}
