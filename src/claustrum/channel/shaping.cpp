// SPDX-License-Identifier: Apache-2.0
// Event streams [WHATWG HTML 9.2.5 and 9.2.6] and size buckets [Nikitin et al., PETS 2019, Padme].
#include "claustrum/channel/shaping.h"

#include <bit>

namespace claustrum::channel {
namespace {

constexpr std::size_t kMinBucket = 512;
constexpr std::size_t kMinBlocks = 8;
constexpr std::size_t kMinFiller = 2;  // ":" and LF

// Rounds up so that only the leading log2(log2 n) + 1 bits of n remain.
std::size_t padme(std::size_t n) {
  const auto exponent = static_cast<unsigned>(std::bit_width(n) - 1);
  const auto kept = static_cast<unsigned>(std::bit_width(exponent));
  const std::size_t mask = (std::size_t{1} << (exponent - kept)) - 1;
  return (n + mask) & ~mask;
}

}  // namespace

std::size_t padded_len(std::size_t n) {
  return n <= kMinBucket ? kMinBucket : padme(n);
}

void SseCommentFilter::feed(BytesView piece, Bytes& content) {
  for (const std::uint8_t byte : piece) {
    take(byte, content);
  }
}

void SseCommentFilter::take(std::uint8_t byte, Bytes& content) {
  const bool after_cr = at_ == At::kAfterCr || at_ == At::kAfterCommentCr;
  if (after_cr && byte == '\n') {  // second half of a line end
    if (at_ == At::kAfterCr) {
      content.push_back(byte);
    }
    at_ = At::kLineStart;
    return;
  }
  const bool starts_line = after_cr || at_ == At::kLineStart;
  const bool comment = starts_line ? byte == ':' : at_ == At::kComment;
  if (!comment) {
    content.push_back(byte);
  }
  if (byte == '\n') {
    at_ = At::kLineStart;
  } else if (byte == '\r') {
    at_ = comment ? At::kAfterCommentCr : At::kAfterCr;
  } else {
    at_ = comment ? At::kComment : At::kLine;
  }
}

SseShaper::SseShaper(const ShapeOptions& options) : options_(options) {
  // Two blocks: one of content and one that a comment line of block + 1 bytes may need.
  CLAUSTRUM_CHECK(options.block >= 16 && options.max_tick >= 2 * options.block &&
                  options.max_tick % options.block == 0);
}

Status SseShaper::feed(BytesView engine_bytes) {
  const std::size_t old_size = tail_.size();
  filter_.feed(engine_bytes, tail_);
  move_whole_lines(old_size);
  if (tail_.size() > options_.max_line) {
    return Error(Code::kExhausted, "sse.line_limit", "an event-stream line does not end");
  }
  return ok_status();
}

// A lone CR ends a line only once the next byte is known not to be LF: filler between the two
// would make the LF a line of its own. The first `old_size` bytes hold no other line end.
void SseShaper::move_whole_lines(std::size_t old_size) {
  std::size_t end = 0;
  for (std::size_t i = tail_.size(); i > 0 && i >= old_size && end == 0; --i) {
    const bool cr_before_other = tail_[i - 1] == '\r' && i < tail_.size() && tail_[i] != '\n';
    if (tail_[i - 1] == '\n' || cr_before_other) {
      end = i;
    }
  }
  append(ready_, BytesView(tail_).first(end));
  tail_.erase(tail_.begin(), tail_.begin() + static_cast<std::ptrdiff_t>(end));
}

void SseShaper::end() {
  ended_ = true;
  if (!tail_.empty() && tail_.back() == '\r') {
    append(ready_, tail_);
    tail_.clear();
  }
}

std::size_t SseShaper::filler_for(std::size_t size) const {
  const std::size_t over = size % options_.block;
  const std::size_t missing = over == 0 ? 0 : options_.block - over;
  return missing == 1 ? options_.block + 1 : missing;
}

void SseShaper::append_filler(Bytes& wire, std::size_t size) const {
  if (size >= kMinFiller) {
    wire.push_back(':');
    wire.resize(wire.size() + size - kMinFiller, '-');
    wire.push_back('\n');
  }
}

ShapedBlock SseShaper::tick() {
  CLAUSTRUM_CHECK(!sealed_);
  if (ended_ && ready_.empty() && !tail_.empty()) {
    // The stream stopped within a line: filler goes before it, so that not one byte is added.
    lead_ = filler_for(tail_.size());
    append_filler(ready_, lead_);
    append(ready_, tail_);
    tail_.clear();
    last_line_open_ = true;
  }
  ShapedBlock out;
  // Room is left for filler of block + 1 bytes; a full tick needs none.
  std::size_t take = std::min(ready_.size(), options_.max_tick);
  if (take + filler_for(take) > options_.max_tick) {
    take = options_.max_tick - options_.block;
  }
  out.wire = to_bytes(BytesView(ready_).first(take));
  out.content_at = std::min(lead_, take);
  out.content_len = take - out.content_at;
  lead_ -= out.content_at;
  ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(take));
  if (out.wire.empty()) {
    append_filler(out.wire, options_.block);
  } else {
    append_filler(out.wire, filler_for(out.wire.size()));
  }
  CLAUSTRUM_CHECK(out.wire.size() % options_.block == 0);
  sealed_ = last_line_open_ && ready_.empty();
  blocks_sent_ += out.wire.size() / options_.block;
  return out;
}

std::size_t SseShaper::filler_blocks_to_bucket() const {
  if (!may_fill()) {
    return 0;
  }
  const auto sent = static_cast<std::size_t>(blocks_sent_);
  return (sent <= kMinBlocks ? kMinBlocks : padme(sent)) - sent;
}

Bytes SseUnshaper::feed(BytesView piece) {
  Bytes content;
  filter_.feed(piece, content);
  return content;
}

}  // namespace claustrum::channel
