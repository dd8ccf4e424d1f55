// SPDX-License-Identifier: Apache-2.0
// Shaped streams: what the observer sees is constant, what the client gets is exact.
#include "claustrum/channel/shaping.h"

#include <random>

namespace claustrum::channel {
namespace {

std::string filtered(std::string_view stream, std::size_t step = 1 << 20) {
  SseCommentFilter filter;
  Bytes out;
  for (std::size_t at = 0; at < stream.size(); at += step) {
    filter.feed(as_bytes(stream.substr(at, step)), out);
  }
  return std::string(as_text(out));
}

struct Outcome {
  std::string content;   // as hashed for the receipt
  std::string received;  // as the client gets it
  std::vector<std::size_t> sizes;
};

// Feeds `stream` in pieces of `step`, ticks after every `pieces_per_tick`, ends and drains.
Outcome shape(std::string_view stream, std::size_t step, std::size_t pieces_per_tick,
              const ShapeOptions& options, std::size_t receive_step) {
  SseShaper shaper(options);
  SseUnshaper unshaper;
  Outcome out;
  std::string wire;
  const auto tick = [&] {
    const ShapedBlock block = shaper.tick();
    out.sizes.push_back(block.wire.size());
    out.content += as_text(block.content());
    wire += as_text(block.wire);
  };
  std::size_t pieces = 0;
  for (std::size_t at = 0; at < stream.size(); at += step) {
    EXPECT_TRUE(shaper.feed(as_bytes(stream.substr(at, step))).ok());
    if (++pieces % pieces_per_tick == 0) {
      tick();
    }
  }
  shaper.end();
  while (!shaper.drained()) {
    tick();
  }
  if (shaper.may_fill()) {
    tick();
  }
  for (std::size_t at = 0; at < wire.size(); at += receive_step) {
    out.received += as_text(
        unshaper.feed(as_bytes(wire).subspan(at, std::min(receive_step, wire.size() - at))));
  }
  return out;
}

TEST(SseFilter, RemovesCommentLinesOfEveryLineEnd) {
  const std::string stream = ":a\ndata: 1\n:b\r\ndata: 2\r\n:c\rdata: 3\r\r\n:\ndata::x\n\n:end";
  const std::string expected = "data: 1\ndata: 2\r\ndata: 3\r\r\ndata::x\n\n";
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    EXPECT_EQ(filtered(stream, step), expected) << step;
  }
}

TEST(SseFilter, LeavesContentAlone) {
  const std::string content = filtered("data: a\r\ndata:b\r:c\nid\n\n");
  EXPECT_EQ(filtered(content), content);
}

TEST(SseShaper, SendsBlocksOfOneSize) {
  SseShaper shaper;
  const ShapedBlock empty = shaper.tick();
  EXPECT_EQ(empty.wire.size(), 512u);
  EXPECT_EQ(empty.content_len, 0u);
  EXPECT_EQ(empty.wire.front(), ':');
  EXPECT_EQ(empty.wire.back(), '\n');
  ASSERT_TRUE(shaper.feed(as_bytes("data: hello\n\n")).ok());
  const ShapedBlock token = shaper.tick();
  EXPECT_EQ(token.wire.size(), 512u);
  EXPECT_EQ(as_text(token.content()), "data: hello\n\n");
}

// One byte short of a block no comment line fits; the next size up is taken.
TEST(SseShaper, FillsEverySize) {
  for (std::size_t length = 1; length <= 1100; ++length) {
    SseShaper shaper;
    const std::string line = std::string(length - 1, 'x') + "\n";
    ASSERT_TRUE(shaper.feed(as_bytes(line)).ok());
    const ShapedBlock block = shaper.tick();
    EXPECT_EQ(block.wire.size() % 512, 0u) << length;
    EXPECT_LE(block.wire.size(), length + 513) << length;
    EXPECT_EQ(as_text(block.content()), line);
    EXPECT_EQ(as_text(SseUnshaper().feed(block.wire)), line);
  }
}

TEST(SseShaper, HoldsUnfinishedLines) {
  SseShaper shaper;
  ASSERT_TRUE(shaper.feed(as_bytes("data: par")).ok());
  EXPECT_EQ(shaper.tick().content_len, 0u);
  ASSERT_TRUE(shaper.feed(as_bytes("tial\r")).ok());
  // The LF may still come: filler between the two would be another line.
  EXPECT_EQ(shaper.tick().content_len, 0u);
  ASSERT_TRUE(shaper.feed(as_bytes("\n")).ok());
  EXPECT_EQ(as_text(shaper.tick().content()), "data: partial\r\n");
  EXPECT_TRUE(shaper.drained());
}

TEST(SseShaper, KeepsAnUnterminatedEndExactly) {
  for (const char* end : {"data: cut", "data: a\n\ndata: cut", "data: a\r", "", "data: a\n:cut"}) {
    const Outcome out = shape(end, 1, 3, {}, 1);
    EXPECT_EQ(out.received, filtered(end)) << end;
    EXPECT_EQ(out.content, out.received);
    for (const std::size_t size : out.sizes) {
      EXPECT_EQ(size, 512u);
    }
  }
}

TEST(SseShaper, SpreadsBurstsOverTicks) {
  ShapeOptions options;
  options.block = 64;
  options.max_tick = 128;
  std::string burst;
  for (int i = 0; i < 40; ++i) {
    burst += "data: " + std::string(static_cast<std::size_t>(i * 7), 'y') + "\n\n";
  }
  const Outcome out = shape(burst, burst.size(), 1, options, 17);
  EXPECT_EQ(out.received, burst);
  for (const std::size_t size : out.sizes) {
    EXPECT_TRUE(size == 64 || size == 128);
  }
}

TEST(SseShaper, BoundsLines) {
  ShapeOptions options;
  options.max_line = 100;
  SseShaper shaper(options);
  EXPECT_TRUE(shaper.feed(as_bytes(std::string(100, 'x'))).ok());
  const Status status = shaper.feed(as_bytes("x"));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kExhausted);
  EXPECT_EQ(status.error().reason(), "sse.line_limit");
}

TEST(SseShaper, IsExactForRandomStreamsAndCuts) {
  std::mt19937 random(7);
  const std::string alphabet = ":\r\n\r\n: ax";
  for (int round = 0; round < 3000; ++round) {
    std::string stream;
    const std::size_t length = random() % 200;
    for (std::size_t i = 0; i < length; ++i) {
      stream += alphabet[random() % alphabet.size()];
    }
    ShapeOptions options;
    options.block = 16;
    options.max_tick = 16 * (2 + random() % 4);
    const Outcome out =
        shape(stream, 1 + random() % 7, 1 + random() % 3, options, 1 + random() % 5);
    ASSERT_EQ(out.received, filtered(stream));
    ASSERT_EQ(out.content, out.received);
    for (const std::size_t size : out.sizes) {
      ASSERT_EQ(size % 16, 0u);
      ASSERT_LE(size, options.max_tick);
    }
  }
}

TEST(SseShaper, FillsToABucketOfBlocks) {
  SseShaper shaper;
  for (int i = 0; i < 3; ++i) {
    (void)shaper.tick();
  }
  EXPECT_EQ(shaper.filler_blocks_to_bucket(), 5u);
  for (int i = 0; i < 30; ++i) {
    (void)shaper.tick();
  }
  EXPECT_EQ(33 + shaper.filler_blocks_to_bucket(), 36u);
}

TEST(PaddedLen, HasAFloorAndLittleOverhead) {
  EXPECT_EQ(padded_len(0), 512u);
  EXPECT_EQ(padded_len(512), 512u);
  EXPECT_EQ(padded_len(513), 544u);
  EXPECT_EQ(padded_len(1024), 1024u);
  EXPECT_EQ(padded_len(1'000'000), 1'015'808u);
  std::size_t buckets = 0;
  std::size_t last = 0;
  for (std::size_t n = 1; n < 300'000; ++n) {
    const std::size_t padded = padded_len(n);
    ASSERT_GE(padded, n);
    ASSERT_GE(padded, last);
    ASSERT_TRUE(n < 512 || (padded - n) * 100 <= n * 12) << n;
    ASSERT_EQ(padded_len(padded), padded);
    buckets += padded != last ? 1u : 0u;
    last = padded;
  }
  EXPECT_LT(buckets, 250u);
}

}  // namespace
}  // namespace claustrum::channel
