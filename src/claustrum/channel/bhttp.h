// SPDX-License-Identifier: Apache-2.0
// Binary HTTP [RFC 9292, message/bhttp]: what is inside a sealed request or answer. Readers take
// known and indeterminate length, as bytes arrive; the writer writes indeterminate length with all
// terminators. Whatever has a second reading once turned into HTTP/1.1 (fields that steer the
// connection, a content-length that disagrees, pseudo-fields, non-zero padding) is refused here,
// because the peer is an anonymous client on one side and perhaps a hostile host on the other.
#pragma once

#include "claustrum/base/result.h"
#include "claustrum/channel/intake.h"

namespace claustrum::channel {

struct Field {
  std::string name;  // lower case
  std::string value;
  bool operator==(const Field&) const = default;
};
using Fields = std::vector<Field>;
// First value; nullopt when absent. `name` in lower case.
std::optional<std::string_view> find_field(const Fields& fields, std::string_view name);

struct BhttpLimits {
  std::size_t max_section_bytes = 32 * 1024;  // one header or trailer section
  std::size_t max_fields = 128;
  std::size_t max_content_bytes = 8 * 1024 * 1024;
  std::size_t max_informational = 8;
};

struct RequestHead {
  std::string method;
  std::string scheme;
  std::string authority;  // may be empty
  std::string path;
  Fields headers;
};

struct ResponseHead {
  int status = 200;
  Fields headers;
};

struct BhttpRequest {
  RequestHead head;
  Bytes content;
  Fields trailers;
  std::size_t message_len = 0;  // bytes of the message without its padding; set by the reader
};

struct BhttpResponse {
  ResponseHead head;
  Bytes content;
  Fields trailers;
};

// Faults of readers: malformed "bhttp.framing|control|status|section|field_name|field_value|
// pseudo_field|connection_field|content_length|padding|truncated"; exhausted "bhttp.control_limit|
// section_limit|field_limit|content_limit|informational_limit".
Result<BhttpRequest> parse_bhttp_request(BytesView message, const BhttpLimits& limits = {});
Result<BhttpResponse> parse_bhttp_response(BytesView message, const BhttpLimits& limits = {});

// What both directions share; use the two classes below.
class BhttpDecoder {
 public:
  // Takes plaintext as it arrives. After a fault the decoder is dead and says the same again.
  Status feed(BytesView piece);
  // The plaintext's authenticated end; only now is the message known to be whole.
  Status finish();
  bool head_done() const { return head_done_; }
  // Content decoded since the last call.
  Bytes take_content() { return std::exchange(content_, Bytes()); }
  // Complete after finish().
  const Fields& trailers() const { return trailers_; }
  // Bytes before the padding; after finish().
  std::uint64_t message_len() const { return message_len_; }

 protected:
  enum class Kind { kRequest, kResponse };
  BhttpDecoder(Kind kind, const BhttpLimits& limits) : kind_(kind), limits_(limits) {}
  RequestHead request_;
  ResponseHead response_;

 private:
  enum class Step { kFraming, kControl, kHeaders, kContent, kTrailers, kPadding };
  // Each consumes one element: true when it did, false when more bytes are needed.
  Result<bool> advance();
  Result<bool> read_framing();
  Result<bool> read_control();
  Result<bool> read_request_control();
  Result<bool> read_status();
  Result<bool> read_section(Fields& into, bool trailers);
  Result<bool> read_known_section(Fields& into, bool trailers);
  Result<bool> read_field_line(Fields& into, bool trailers);
  Result<bool> read_content();
  Result<bool> read_padding();
  Result<bool> run();
  Status add_field(Fields& into, std::string_view name, std::string_view value, bool trailers);
  Status end_headers();
  Status end_content();
  bool may_end_here() const;
  bool informational() const;

  Kind kind_;
  BhttpLimits limits_;
  Intake in_;
  Step step_ = Step::kFraming;
  bool known_ = false;
  bool head_done_ = false;
  bool content_started_ = false;
  std::uint64_t content_left_ = 0;  // of the known content or the current chunk
  std::uint64_t content_total_ = 0;
  std::size_t section_bytes_ = 0;  // of the current indeterminate section
  std::size_t informational_ = 0;
  std::uint64_t message_len_ = 0;
  Bytes content_;
  Fields trailers_;
  std::optional<Error> failed_;
};

class BhttpRequestDecoder : public BhttpDecoder {
 public:
  explicit BhttpRequestDecoder(const BhttpLimits& limits = {})
      : BhttpDecoder(Kind::kRequest, limits) {}
  // Meaningful once head_done().
  const RequestHead& head() const { return request_; }
};

class BhttpResponseDecoder : public BhttpDecoder {
 public:
  explicit BhttpResponseDecoder(const BhttpLimits& limits = {})
      : BhttpDecoder(Kind::kResponse, limits) {}
  const ResponseHead& head() const { return response_; }
};

// Writers, indeterminate length: a head, then any number of contents, then one end. Names are
// written in lower case; fields that steer a connection are left out. A field or control value
// that no reader would take: malformed, with the reader's reason.
Result<Bytes> encode_bhttp_head(const RequestHead& head);
Result<Bytes> encode_bhttp_head(const ResponseHead& head);
Bytes encode_bhttp_content(BytesView content);  // empty stays empty: an empty chunk is the end mark
Result<Bytes> encode_bhttp_end(const Fields& trailers = {});
// The three together, without padding.
Result<Bytes> encode_bhttp(const BhttpRequest& request);
Result<Bytes> encode_bhttp(const BhttpResponse& response);
// Appends zeros up to padded_len() of shaping.h.
void pad_bhttp(Bytes& message);

}  // namespace claustrum::channel
