// SPDX-License-Identifier: Apache-2.0
#include "claustrum/engine/text_stream.h"

#include <algorithm>
#include <cstdint>

#include "claustrum/base/secret.h"

namespace claustrum::engine {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

std::uint8_t byte_at(std::string_view text, std::size_t at) {
  return static_cast<std::uint8_t>(text[at]);
}

// Length a lead byte announces; 0 for a byte that cannot lead [RFC 3629 4].
std::size_t announced_length(std::uint8_t lead) {
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xc2 && lead <= 0xdf) {
    return 2;
  }
  if (lead >= 0xe0 && lead <= 0xef) {
    return 3;
  }
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

// Whether `next` may follow as the byte at `index` (1..3) of a sequence led by `lead`: the second
// byte's range excludes overlong forms, surrogates and values above U+10FFFF.
bool may_follow(std::uint8_t lead, std::size_t index, std::uint8_t next) {
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xbf;
  if (index == 1) {
    low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : low;
    high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : high;
  }
  return next >= low && next <= high;
}

// Moves all finished code points from `bytes` to the end of `text`.
void take_code_points(std::string& bytes, std::string& text) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::uint8_t lead = byte_at(bytes, at);
    const std::size_t length = announced_length(lead);
    if (length == 0) {
      text += kReplacement;
      ++at;
      continue;
    }
    std::size_t have = 1;
    while (have < length && at + have < bytes.size() &&
           may_follow(lead, have, byte_at(bytes, at + have))) {
      ++have;
    }
    if (have == length) {
      text.append(bytes, at, length);
    } else if (at + have == bytes.size()) {
      break;  // may still be completed
    } else {
      text += kReplacement;
    }
    at += have;
  }
  bytes.erase(0, at);
}

}  // namespace

TextStream::~TextStream() {
  wipe(bytes_.data(), bytes_.size());
  wipe(held_.data(), held_.size());
}

std::string TextStream::push(std::string_view token) {
  if (stopped_) {
    return {};
  }
  bytes_ += token;
  take_code_points(bytes_, held_);
  return release(false);
}

std::string TextStream::finish() {
  if (stopped_) {
    return {};
  }
  if (!bytes_.empty()) {
    bytes_.clear();
    held_ += kReplacement;
  }
  return release(true);
}

std::string TextStream::release(bool all) {
  std::size_t first = std::string::npos;
  std::size_t keep = 0;
  for (const std::string& stop : stops_) {
    first = std::min(first, held_.find(stop));
    for (std::size_t part = std::min(stop.size() - 1, held_.size()); part > keep; --part) {
      if (held_.compare(held_.size() - part, part, stop, 0, part) == 0) {
        keep = part;
        break;
      }
    }
  }
  if (first != std::string::npos) {
    stopped_ = true;
    std::string out = held_.substr(0, first);
    held_.clear();
    return out;
  }
  const std::size_t send = all ? held_.size() : held_.size() - keep;
  std::string out = held_.substr(0, send);
  held_.erase(0, send);
  return out;
}

}  // namespace claustrum::engine
