// SPDX-License-Identifier: Apache-2.0
// Event streams of an engine, cut anywhere: the client gets back exactly the content that was
// committed to.
#include <cstdint>

#include "claustrum/channel/shaping.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claustrum::channel;
  if (size < 2) {
    return 0;
  }
  ShapeOptions options;
  options.block = 16 + data[0] % 64U;
  options.max_tick = options.block * (2 + data[1] % 3U);
  SseShaper shaper(options);
  SseUnshaper unshaper;
  claustrum::Bytes content;
  claustrum::Bytes received;
  const auto tick = [&] {
    const ShapedBlock block = shaper.tick();
    claustrum::append(content, block.content());
    claustrum::append(received, unshaper.feed(block.wire));
    if (block.wire.size() % options.block != 0 || block.wire.size() > options.max_tick) {
      __builtin_trap();
    }
  };
  const claustrum::BytesView stream(data + 2, size - 2);
  for (std::size_t at = 0; at < stream.size(); at += 7) {
    if (!shaper.feed(stream.subspan(at, std::min<std::size_t>(7, stream.size() - at))).ok()) {
      return 0;
    }
    tick();
  }
  shaper.end();
  for (std::size_t ticks = 0; !shaper.drained(); ++ticks) {
    if (ticks > size) {
      __builtin_trap();
    }
    tick();
  }
  if (content != received) {
    __builtin_trap();
  }
  return 0;
}
