// SPDX-License-Identifier: Apache-2.0
// The reader [RFC 9292 3]. Layouts as in bhttp_encode.cpp; known length (framing 0 and 1) differs
// in that a field section is its length in bytes and the lines, and the content one length and
// bytes. A message may end, at exactly these places, before an empty remainder [RFC 9292 3.8]:
// known length before any section or the content; indeterminate length before its content or its
// trailers.
#include "claustrum/base/guard.h"
#include "claustrum/base/reader.h"
#include "claustrum/channel/bhttp_fields.h"

namespace claustrum::channel {
namespace {

Error truncated() {
  return Error(Code::kMalformed, "bhttp.truncated", "message ends within a part");
}

std::optional<std::uint64_t> plain_number(std::string_view text) {
  if (text.empty() || text.size() > 18) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

template <typename Decoder, typename Message>
Result<Message> parse_whole(BytesView message, const BhttpLimits& limits) {
  Decoder decoder(limits);
  CLAUSTRUM_TRY(decoder.feed(message));
  CLAUSTRUM_TRY(decoder.finish());
  Message out;
  out.head = decoder.head();
  out.content = decoder.take_content();
  out.trailers = decoder.trailers();
  if constexpr (std::is_same_v<Message, BhttpRequest>) {
    out.message_len = static_cast<std::size_t>(decoder.message_len());
  }
  return out;
}

}  // namespace

Result<BhttpRequest> parse_bhttp_request(BytesView message, const BhttpLimits& limits) {
  return parse_whole<BhttpRequestDecoder, BhttpRequest>(message, limits);
}

Result<BhttpResponse> parse_bhttp_response(BytesView message, const BhttpLimits& limits) {
  return parse_whole<BhttpResponseDecoder, BhttpResponse>(message, limits);
}

Status BhttpDecoder::feed(BytesView piece) {
  if (failed_) {
    return *failed_;
  }
  in_.push(piece);
  const Result<bool> moved = run();
  if (!moved.ok()) {
    failed_ = moved.error();
    return moved.error();
  }
  return ok_status();
}

Result<bool> BhttpDecoder::run() {
  bool moved = true;
  while (moved) {
    CLAUSTRUM_TRY_ASSIGN(moved, advance());
  }
  return true;
}

Status BhttpDecoder::finish() {
  if (failed_) {
    return *failed_;
  }
  if (!in_.empty() || !may_end_here()) {
    failed_ = truncated();
    return *failed_;
  }
  if (step_ != Step::kPadding) {
    message_len_ = in_.consumed();
    if (step_ == Step::kContent || step_ == Step::kHeaders) {
      CLAUSTRUM_TRY(end_content());
    }
  }
  head_done_ = true;
  return ok_status();
}

bool BhttpDecoder::may_end_here() const {
  switch (step_) {
    case Step::kFraming:
    case Step::kControl:
      return false;
    case Step::kHeaders:
      // `0340c8` shows why not for indeterminate length: its terminator is missing.
      return known_ && !informational();
    case Step::kContent:
      return !content_started_;
    case Step::kTrailers:
      return section_bytes_ == 0;
    case Step::kPadding:
      return true;
  }
  return false;
}

bool BhttpDecoder::informational() const {
  return kind_ == Kind::kResponse && response_.status < 200;
}

Result<bool> BhttpDecoder::advance() {
  switch (step_) {
    case Step::kFraming:
      return read_framing();
    case Step::kControl:
      return read_control();
    case Step::kHeaders: {
      Fields& headers = kind_ == Kind::kRequest ? request_.headers : response_.headers;
      CLAUSTRUM_TRY_ASSIGN(const bool moved, read_section(headers, false));
      return moved;
    }
    case Step::kContent:
      return read_content();
    case Step::kTrailers:
      return read_section(trailers_, true);
    case Step::kPadding:
      return read_padding();
  }
  return Error(Code::kInternal, "bhttp.step", "no such step");
}

Result<bool> BhttpDecoder::read_framing() {
  std::size_t at = 0;
  const std::optional<std::uint64_t> framing = in_.varint(at);
  if (!framing) {
    return false;
  }
  const std::uint64_t known = kind_ == Kind::kRequest ? 0 : 1;
  if (*framing != known && *framing != known + 2) {
    return Error(Code::kMalformed, "bhttp.framing", "not a framing indicator of this direction");
  }
  known_ = *framing == known;
  in_.drop(at);
  step_ = Step::kControl;
  return true;
}

Result<bool> BhttpDecoder::read_control() {
  return kind_ == Kind::kRequest ? read_request_control() : read_status();
}

Result<bool> BhttpDecoder::read_request_control() {
  constexpr std::array<std::size_t, 4> kMax = {kMaxMethod, kMaxScheme, kMaxAuthority, kMaxPath};
  const std::array<std::string*, 4> parts = {&request_.method, &request_.scheme,
                                             &request_.authority, &request_.path};
  std::size_t at = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::optional<std::uint64_t> length = in_.varint(at);
    if (length && *length > kMax[i]) {
      return Error(Code::kExhausted, "bhttp.control_limit", "control value too long");
    }
    if (!length || in_.size() - at < *length) {
      return false;
    }
    *parts[i] = as_text(in_.view().subspan(at, static_cast<std::size_t>(*length)));
    at += static_cast<std::size_t>(*length);
  }
  CLAUSTRUM_TRY(check_control(request_));
  in_.drop(at);
  step_ = Step::kHeaders;
  return true;
}

Result<bool> BhttpDecoder::read_status() {
  std::size_t at = 0;
  const std::optional<std::uint64_t> status = in_.varint(at);
  if (!status) {
    return false;
  }
  CLAUSTRUM_TRY(check_status(*status));
  response_ = ResponseHead{static_cast<int>(*status), {}};
  in_.drop(at);
  step_ = Step::kHeaders;
  return true;
}

Result<bool> BhttpDecoder::read_section(Fields& into, bool trailers) {
  CLAUSTRUM_TRY_ASSIGN(const bool moved, known_ ? read_known_section(into, trailers)
                                                : read_field_line(into, trailers));
  return moved;
}

Result<bool> BhttpDecoder::read_known_section(Fields& into, bool trailers) {
  std::size_t at = 0;
  const std::optional<std::uint64_t> length = in_.varint(at);
  if (length && *length > limits_.max_section_bytes) {
    return Error(Code::kExhausted, "bhttp.section_limit", "field section too long");
  }
  if (!length || in_.size() - at < *length) {
    return false;
  }
  ByteReader lines(in_.view().subspan(at, static_cast<std::size_t>(*length)), "field section");
  while (!lines.done()) {
    const BytesView name = lines.prefixed_varint(limits_.max_section_bytes);
    const BytesView value = lines.prefixed_varint(limits_.max_section_bytes);
    if (lines.ok()) {
      CLAUSTRUM_TRY(add_field(into, as_text(name), as_text(value), trailers));
    }
  }
  if (!lines.finish().ok()) {
    return Error(Code::kMalformed, "bhttp.section", "field lines do not fill their section");
  }
  in_.drop(at + static_cast<std::size_t>(*length));
  if (trailers) {
    message_len_ = in_.consumed();
    step_ = Step::kPadding;
  } else {
    CLAUSTRUM_TRY(end_headers());
  }
  return true;
}

Result<bool> BhttpDecoder::read_field_line(Fields& into, bool trailers) {
  std::size_t at = 0;
  const std::optional<std::uint64_t> name_len = in_.varint(at);
  if (!name_len) {
    return false;
  }
  if (*name_len == 0) {
    in_.drop(at);
    section_bytes_ = 0;
    if (trailers) {
      message_len_ = in_.consumed();
      step_ = Step::kPadding;
    } else {
      CLAUSTRUM_TRY(end_headers());
    }
    return true;
  }
  const std::size_t budget = limits_.max_section_bytes - section_bytes_;
  const Error too_long(Code::kExhausted, "bhttp.section_limit", "field section too long");
  if (at > budget || *name_len > budget - at) {
    return too_long;
  }
  const std::size_t name_at = at;
  at += static_cast<std::size_t>(*name_len);
  const std::optional<std::uint64_t> value_len = in_.varint(at);
  if (!value_len) {
    return false;
  }
  if (at > budget || *value_len > budget - at) {
    return too_long;
  }
  if (in_.size() - at < *value_len) {
    return false;
  }
  const auto value_size = static_cast<std::size_t>(*value_len);
  CLAUSTRUM_TRY(add_field(into,
                          as_text(in_.view().subspan(name_at, static_cast<std::size_t>(*name_len))),
                          as_text(in_.view().subspan(at, value_size)), trailers));
  in_.drop(at + value_size);
  section_bytes_ += at + value_size;
  return true;
}

Status BhttpDecoder::add_field(Fields& into, std::string_view name, std::string_view value,
                               bool trailers) {
  if (into.size() >= limits_.max_fields) {
    return Error(Code::kExhausted, "bhttp.field_limit", "too many fields");
  }
  CLAUSTRUM_TRY(check_field(name, value));
  if (trailers && name == "content-length") {
    return Error(Code::kMalformed, "bhttp.content_length", "content-length in the trailers");
  }
  into.push_back({std::string(name), std::string(value)});
  return ok_status();
}

Status BhttpDecoder::end_headers() {
  if (informational()) {
    if (++informational_ > limits_.max_informational) {
      return Error(Code::kExhausted, "bhttp.informational_limit", "too many 1xx answers");
    }
    step_ = Step::kControl;
    return ok_status();
  }
  head_done_ = true;
  step_ = Step::kContent;
  return ok_status();
}

Result<bool> BhttpDecoder::read_content() {
  if (content_left_ == 0) {
    std::size_t at = 0;
    const std::optional<std::uint64_t> length = in_.varint(at);
    if (!length) {
      return false;
    }
    if (*length > limits_.max_content_bytes - content_total_) {
      return Error(Code::kExhausted, "bhttp.content_limit", "content too long");
    }
    in_.drop(at);
    if (*length == 0) {
      CLAUSTRUM_TRY(end_content());
      step_ = Step::kTrailers;
      return true;
    }
    content_started_ = true;
    content_left_ = *length;
    content_total_ += *length;
  }
  const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(content_left_, in_.size()));
  append(content_, in_.view().first(take));
  in_.drop(take);
  content_left_ -= take;
  if (content_left_ == 0 && known_) {
    CLAUSTRUM_TRY(end_content());
    step_ = Step::kTrailers;
  }
  return take > 0;
}

// A content-length that disagrees would move the end of the message once this is HTTP/1.1. An
// answer without content may carry one: the length it would have had (HEAD, 304).
Status BhttpDecoder::end_content() {
  const Fields& headers = kind_ == Kind::kRequest ? request_.headers : response_.headers;
  for (const Field& field : headers) {
    if (field.name != "content-length") {
      continue;
    }
    const bool absent = kind_ == Kind::kResponse && content_total_ == 0;
    const bool agrees = plain_number(field.value) == content_total_;
    if (!CLAUSTRUM_GUARD("channel.content_length", agrees || absent)) {
      return Error(Code::kMalformed, "bhttp.content_length", "content-length disagrees");
    }
  }
  return ok_status();
}

// [RFC 9292 3.8] padding is zeros; anything else would be a channel past every check above.
Result<bool> BhttpDecoder::read_padding() {
  if (!CLAUSTRUM_GUARD("channel.padding", all_zero(in_.view()))) {
    return Error(Code::kMalformed, "bhttp.padding", "padding that is not zeros");
  }
  in_.drop(in_.size());
  return false;
}

}  // namespace claustrum::channel
