// SPDX-License-Identifier: Apache-2.0
// What sizes and times of a streamed answer tell [facts: "What was your prompt?", Whisper Leak]: an
// observer of ciphertext sees every token's length. The shaper turns an engine's event stream into
// blocks of one size, one a tick whether or not there is anything to say. Filler is comment lines,
// which event-stream readers ignore; the engine's own comment lines are dropped, so that on the
// wire every comment line is filler and what is left after removing them is exactly the content
// that a receipt commits to.
#pragma once

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::channel {

// Size bucket of a message of n bytes: 512, then Padme (at most 12 % more, O(log log n) bits of
// length told).
std::size_t padded_len(std::size_t n);

// Removes comment lines (":" to the line's end: LF, CR or CR LF) from an event stream that arrives
// in pieces of any cut.
class SseCommentFilter {
 public:
  void feed(BytesView piece, Bytes& content);

 private:
  enum class At { kLineStart, kLine, kComment, kAfterCr, kAfterCommentCr };
  void take(std::uint8_t byte, Bytes& content);
  At at_ = At::kLineStart;
};

struct ShapeOptions {
  std::size_t block = 512;
  // Most bytes of one tick, a multiple of block and at least two: with its BHTTP length it fits one
  // sealed chunk.
  std::size_t max_tick = 31 * 512;
  std::size_t max_line = 1024 * 1024;
};

// What one tick sends: filler and content, in either order, never interleaved.
struct ShapedBlock {
  Bytes wire;
  std::size_t content_at = 0;
  std::size_t content_len = 0;
  BytesView content() const { return BytesView(wire).subspan(content_at, content_len); }
};

class SseShaper {
 public:
  explicit SseShaper(const ShapeOptions& options = {});
  // Bytes as the engine sent them. Exhausted "sse.line_limit" when a line does not end.
  Status feed(BytesView engine_bytes);
  // The engine sends no more.
  void end();
  // A non-empty multiple of `block` bytes; only filler when no whole line is waiting. Must not be
  // called after ended and drained when the stream stopped within a line (see may_fill()).
  ShapedBlock tick();
  // True when everything fed was given out.
  bool drained() const { return ready_.empty() && tail_.empty(); }
  // False once a stream that stopped within its last line was given out: a comment needs a line of
  // its own, so nothing can follow.
  bool may_fill() const { return !sealed_; }
  // Blocks of filler that bring the number of blocks sent to a bucket, so that the length of the
  // answer is told as coarsely as padded_len() tells sizes. For use after drained().
  std::size_t filler_blocks_to_bucket() const;

 private:
  void move_whole_lines(std::size_t old_size);
  void append_filler(Bytes& wire, std::size_t size) const;
  std::size_t filler_for(std::size_t size) const;

  ShapeOptions options_;
  SseCommentFilter filter_;
  Bytes tail_;  // content after the last known line end
  Bytes
      ready_;  // content up to a line end, or `lead_` bytes of filler and the unfinished last line
  std::size_t lead_ = 0;
  std::uint64_t blocks_sent_ = 0;
  bool ended_ = false;
  bool last_line_open_ = false;
  bool sealed_ = false;
};

// The client's side: gives back exactly the content.
class SseUnshaper {
 public:
  Bytes feed(BytesView piece);

 private:
  SseCommentFilter filter_;
};

}  // namespace claustrum::channel
