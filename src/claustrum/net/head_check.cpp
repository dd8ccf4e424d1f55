// SPDX-License-Identifier: Apache-2.0
#include "claustrum/net/head_check.h"

#include "claustrum/base/guard.h"
#include "claustrum/net/http_text.h"

namespace claustrum::net {
namespace {

constexpr std::size_t kMaxLines = 129;  // a start line and 128 fields

Error bad_bytes(const char* why) {
  return Error(Code::kMalformed, "net.head_bytes", why);
}

}  // namespace

bool MessageHead::expect_continue() const {
  const auto expect = headers.find("expect");
  return version == 11 && expect && equal_ignoring_case(*expect, "100-continue");
}

Result<std::size_t> HeadCollector::feed(BytesView data) {
  std::size_t used = 0;
  while (used < data.size() && !done_) {
    CLAUSTRUM_TRY(take(data[used]));
    ++used;
  }
  return used;
}

Status HeadCollector::take(std::uint8_t byte) {
  if (!CLAUSTRUM_GUARD("net.header_limit", bytes_.size() < max_bytes_ && lines_ <= kMaxLines)) {
    return Error(Code::kExhausted, "net.header_limit", "head too long");
  }
  if (after_cr_ != (byte == '\n')) {
    return bad_bytes("lines end with CR LF");
  }
  if (byte == 0) {
    return bad_bytes("NUL byte");
  }
  const bool blank = byte == ' ' || byte == '\t';
  // [RFC 9112 5.2] a line that starts with a blank once continued the one before.
  if (!CLAUSTRUM_GUARD("net.obs_fold", !(line_len_ == 0 && blank))) {
    return Error(Code::kMalformed, "net.obs_fold", "folded header line");
  }
  bytes_.push_back(byte);
  after_cr_ = byte == '\r';
  if (byte == '\n') {
    done_ = line_len_ == 0;
    line_len_ = 0;
    ++lines_;
  } else if (byte != '\r') {
    ++line_len_;
  }
  return ok_status();
}

Status check_framing(const MessageHead& head) {
  const std::size_t lengths = head.headers.count("content-length");
  const bool plain_length =
      lengths == 0 ||
      (lengths == 1 && parse_decimal(*head.headers.find("content-length")).has_value());
  if (!CLAUSTRUM_GUARD("net.content_length", plain_length)) {
    return Error(Code::kMalformed, "net.content_length", "not exactly one plain number");
  }
  const std::size_t codings = head.headers.count("transfer-encoding");
  const bool plain_coding =
      codings == 0 || (codings == 1 && head.version == 11 &&
                       equal_ignoring_case(*head.headers.find("transfer-encoding"), "chunked"));
  if (!CLAUSTRUM_GUARD("net.transfer_coding", plain_coding)) {
    return Error(Code::kMalformed, "net.transfer_coding", "only a single 'chunked' is known");
  }
  return ok_status();
}

Status check_request(const MessageHead& head) {
  const std::size_t hosts = head.headers.count("host");
  // [RFC 9112 3.2] also what keeps a DNS-rebinding page from leaving Host out.
  if (!CLAUSTRUM_GUARD("net.host", hosts == 1 || (hosts == 0 && head.version == 10))) {
    return Error(Code::kMalformed, "net.host", "not exactly one Host field");
  }
  const bool asterisk = head.target == "*";
  const bool plain = is_request_target(head.target) && (!asterisk || head.method == "OPTIONS");
  if (!CLAUSTRUM_GUARD("net.target", plain)) {
    return Error(Code::kMalformed, "net.target", "request target must be a path");
  }
  return ok_status();
}

}  // namespace claustrum::net
