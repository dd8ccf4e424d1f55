// SPDX-License-Identifier: Apache-2.0
// The writer, indeterminate length [RFC 9292 3.2, 3.3]:
//
//   request   02 | method scheme authority path, each varint length + bytes | fields 00
//   response  03 | status varint                                            | fields 00
//   then      (varint length >= 1, bytes)* 00 | fields 00 | zeros
//   field     varint length >= 1, name, varint length, value
#include "claustrum/base/writer.h"
#include "claustrum/channel/bhttp_fields.h"
#include "claustrum/channel/shaping.h"

namespace claustrum::channel {
namespace {

// Names that a Connection field declares to be of this hop only.
std::vector<std::string> hop_fields(const Fields& fields) {
  std::vector<std::string> out;
  for (const Field& field : fields) {
    if (lower_case(field.name) != "connection") {
      continue;
    }
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const std::size_t comma = rest.find(',');
      std::string name = lower_case(rest.substr(0, comma));
      std::erase_if(name, [](char c) { return c == ' ' || c == '\t'; });
      out.push_back(std::move(name));
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
  }
  return out;
}

Status write_section(ByteWriter& out, const Fields& fields) {
  const std::vector<std::string> hop = hop_fields(fields);
  for (const Field& field : fields) {
    const std::string name = lower_case(field.name);
    if (steers_connection(name) || std::find(hop.begin(), hop.end(), name) != hop.end()) {
      continue;
    }
    CLAUSTRUM_TRY(check_field(name, field.value));
    out.prefixed_varint(as_bytes(name)).prefixed_varint(as_bytes(field.value));
  }
  out.u8(0);
  return ok_status();
}

template <typename Message>
Result<Bytes> encode_whole(const Message& message) {
  CLAUSTRUM_TRY_ASSIGN(Bytes out, encode_bhttp_head(message.head));
  append(out, encode_bhttp_content(message.content));
  CLAUSTRUM_TRY_ASSIGN(const Bytes end, encode_bhttp_end(message.trailers));
  append(out, end);
  return out;
}

}  // namespace

Result<Bytes> encode_bhttp_head(const RequestHead& head) {
  CLAUSTRUM_TRY(check_control(head));
  ByteWriter out;
  out.varint(2);
  for (const std::string& part : {head.method, head.scheme, head.authority, head.path}) {
    out.prefixed_varint(as_bytes(part));
  }
  CLAUSTRUM_TRY(write_section(out, head.headers));
  return std::move(out).take();
}

Result<Bytes> encode_bhttp_head(const ResponseHead& head) {
  if (head.status < 200 || head.status > 599) {
    return Error(Code::kMalformed, "bhttp.status", "a final status is 200 to 599");
  }
  ByteWriter out;
  out.varint(3).varint(static_cast<std::uint64_t>(head.status));
  CLAUSTRUM_TRY(write_section(out, head.headers));
  return std::move(out).take();
}

Bytes encode_bhttp_content(BytesView content) {
  if (content.empty()) {
    return {};
  }
  ByteWriter out;
  out.prefixed_varint(content);
  return std::move(out).take();
}

Result<Bytes> encode_bhttp_end(const Fields& trailers) {
  ByteWriter out;
  out.u8(0);
  CLAUSTRUM_TRY(write_section(out, trailers));
  return std::move(out).take();
}

Result<Bytes> encode_bhttp(const BhttpRequest& request) {
  return encode_whole(request);
}

Result<Bytes> encode_bhttp(const BhttpResponse& response) {
  return encode_whole(response);
}

void pad_bhttp(Bytes& message) {
  message.resize(padded_len(message.size()));
}

}  // namespace claustrum::channel
