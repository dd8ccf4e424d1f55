// SPDX-License-Identifier: Apache-2.0
// Answers as the client parses them. First byte: size of the pieces; its top bit: answer to HEAD.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "claustrum/net/http_parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using claustrum::net::MessageParser;
  if (size == 0) {
    return 0;
  }
  const std::size_t step = std::size_t{data[0]} % 128 + 1;
  MessageParser parser(
      data[0] >= 128 ? MessageParser::Kind::kResponseToHead : MessageParser::Kind::kResponse,
      {2048, 4096});
  claustrum::BytesView rest(data + 1, size - 1);
  std::size_t body = 0;
  while (!rest.empty() && !parser.done()) {
    const auto used = parser.feed(rest.first(std::min(step, rest.size())));
    if (!used.ok()) {
      return 0;
    }
    rest = rest.subspan(*used);
    body += parser.take_body().size();
  }
  (void)parser.end_of_input();
  if (body > 4096 || (parser.done() && parser.head().status < 200)) {
    std::abort();
  }
  return 0;
}
