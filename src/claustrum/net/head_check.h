// SPDX-License-Identifier: Apache-2.0
// What we demand of an HTTP/1.1 head beyond what the parser demands [RFC 9112 2.2, 3.2, 5.2, 6].
// Two programs that disagree on where a message ends let one client's bytes become the start of
// another's request (request smuggling), so everything that has more than one reading is refused.
#pragma once

#include "claustrum/net/http.h"

namespace claustrum::net {

struct MessageHead {
  std::string method;  // requests
  std::string target;
  int status = 0;    // responses
  int version = 11;  // 10 or 11
  Headers headers;
  bool keep_alive = false;
  bool expect_continue() const;
};

// Gathers the bytes of one head, up to and including its empty line. Bare CR or LF, NUL and folded
// lines are malformed "net.head_bytes" / "net.obs_fold"; too many bytes or lines are exhausted
// "net.header_limit".
class HeadCollector {
 public:
  explicit HeadCollector(std::size_t max_bytes) : max_bytes_(max_bytes) {}
  // Bytes taken; fewer than all only when done().
  Result<std::size_t> feed(BytesView data);
  bool done() const { return done_; }
  BytesView bytes() const { return bytes_; }

 private:
  Status take(std::uint8_t byte);
  std::size_t max_bytes_;
  Bytes bytes_;
  std::size_t line_len_ = 0;
  std::size_t lines_ = 0;
  bool after_cr_ = false;
  bool done_ = false;
};

// At most one Content-Length, of digits only; at most one Transfer-Encoding, "chunked", HTTP/1.1.
Status check_framing(const MessageHead& head);
// Exactly one Host in HTTP/1.1; a target in origin form.
Status check_request(const MessageHead& head);

}  // namespace claustrum::net
