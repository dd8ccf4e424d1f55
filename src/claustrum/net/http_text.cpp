// SPDX-License-Identifier: Apache-2.0
#include "claustrum/net/http_text.h"

#include "claustrum/base/guard.h"
#include "claustrum/net/http_parse.h"

namespace claustrum::net {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_tchar(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
         kMarks.find(c) != std::string_view::npos;
}

bool is_value_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

bool belongs_to_framing(std::string_view name) {
  constexpr std::array<std::string_view, 8> kNames = {
      "content-length", "transfer-encoding", "connection",      "keep-alive", "te",
      "trailer",        "upgrade",           "proxy-connection"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view own) { return equal_ignoring_case(name, own); });
}

Status append_fields(std::string& head, const Headers& headers) {
  for (const HeaderField& field : headers.list()) {
    if (belongs_to_framing(field.name)) {
      continue;
    }
    if (!CLAUSTRUM_GUARD("net.field_injection",
                         is_token(field.name) && is_field_value(field.value))) {
      return Error(Code::kMalformed, "net.field_injection", "a header field we were to send");
    }
    head += field.name + ": " + field.value + "\r\n";
  }
  return ok_status();
}

void append_framing(std::string& head, const Framing& framing) {
  if (framing.kind == Framing::Kind::kLength) {
    head += "Content-Length: " + std::to_string(framing.length) + "\r\n";
  } else if (framing.kind == Framing::Kind::kChunked) {
    head += "Transfer-Encoding: chunked\r\n";
  }
  if (framing.close) {
    head += "Connection: close\r\n";
  }
  head += "\r\n";
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_tchar);
}

bool is_field_value(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  return text.empty() || (std::all_of(text.begin(), text.end(), is_value_char) &&
                          !blank(text.front()) && !blank(text.back()));
}

bool is_request_target(std::string_view text) {
  const auto visible = [](char c) { return c > 0x20 && c < 0x7f && c != '#'; };
  return text == "*" || (text.starts_with('/') && std::all_of(text.begin(), text.end(), visible));
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  if (text.empty() || text.size() > 19) {  // 19 digits always fit
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

Result<std::string> request_head(const Request& request, std::string_view host,
                                 const Framing& framing) {
  if (!is_token(request.method) || !is_request_target(request.target)) {
    return Error(Code::kMalformed, "net.field_injection", "the request line we were to send");
  }
  std::string head = request.method + " " + request.target + " HTTP/1.1\r\n";
  if (request.headers.count("host") == 0) {
    head += "Host: " + std::string(host) + "\r\n";
  }
  CLAUSTRUM_TRY(append_fields(head, request.headers));
  append_framing(head, framing);
  return head;
}

Result<std::string> response_head(int status, const Headers& headers, const Framing& framing) {
  if (status < 200 || status > 599) {
    return Error(Code::kInternal, "net.status", "a final status is 200 to 599");
  }
  std::string head = "HTTP/1.1 " + std::to_string(status) + " ";
  head += reason_phrase(status);
  head += "\r\n";
  CLAUSTRUM_TRY(append_fields(head, headers));
  append_framing(head, framing);
  return head;
}

}  // namespace claustrum::net
