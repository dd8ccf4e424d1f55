// SPDX-License-Identifier: Apache-2.0
// An incremental HTTP/1.1 message parser. Boost.Beast reads the grammar, in http_parse.cpp only;
// head_check.h refuses what has two readings. Trailers and chunk extensions are checked for shape
// and dropped: nothing may turn up as a header after the headers were judged.
#pragma once

#include "claustrum/net/head_check.h"

namespace claustrum::net {

struct ParseLimits {
  std::size_t max_header_bytes = 32 * 1024;
  std::size_t max_body_bytes = 8 * 1024 * 1024;
};

class MessageParser {
 public:
  enum class Kind { kRequest, kResponse, kResponseToHead };
  MessageParser(Kind kind, const ParseLimits& limits);
  ~MessageParser();
  MessageParser(MessageParser&&) noexcept;
  MessageParser& operator=(MessageParser&&) noexcept;

  // Bytes taken; fewer than all only when done(). Faults: malformed "net.*", exhausted
  // "net.header_limit" or "net.body_limit". After a fault the parser is dead.
  Result<std::size_t> feed(BytesView data);
  // The peer will send no more: unavailable "net.truncated" unless that ends the message properly.
  Status end_of_input();

  bool started() const;  // any byte seen
  bool head_done() const;
  bool done() const;
  MessageHead& head();
  // Body bytes decoded since the last call.
  Bytes take_body();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

// "OK", "Not Found", ...
std::string_view reason_phrase(int status);

}  // namespace claustrum::net
