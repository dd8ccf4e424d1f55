// SPDX-License-Identifier: Apache-2.0
// Requests as the server parses them. The first byte is the size of the pieces they arrive in.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "claustrum/net/http_parse.h"

namespace {

using claustrum::net::MessageParser;

// Feeds until an error, the message's end or the data's; true when the message is whole.
bool parse(claustrum::BytesView data, std::size_t step, claustrum::Bytes& body) {
  MessageParser parser(MessageParser::Kind::kRequest, {2048, 4096});
  while (!data.empty() && !parser.done()) {
    const auto piece = data.first(std::min(step, data.size()));
    const auto used = parser.feed(piece);
    if (!used.ok()) {
      return false;
    }
    if (*used != piece.size() && !parser.done()) {
      std::abort();
    }
    data = data.subspan(*used);
  }
  (void)parser.end_of_input();
  body = parser.take_body();
  return parser.done();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const claustrum::BytesView message(data + 1, size - 1);
  claustrum::Bytes whole;
  claustrum::Bytes pieces;
  const bool whole_done = parse(message, message.size(), whole);
  const bool pieces_done = parse(message, std::size_t{data[0]} + 1, pieces);
  // How bytes are cut on their way must not change what they say.
  if (whole_done != pieces_done || (whole_done && whole != pieces)) {
    std::abort();
  }
  return 0;
}
