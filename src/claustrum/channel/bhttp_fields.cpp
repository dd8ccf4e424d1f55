// SPDX-License-Identifier: Apache-2.0
#include "claustrum/channel/bhttp_fields.h"

#include "claustrum/base/guard.h"

namespace claustrum::channel {
namespace {

bool is_lower_tchar(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         kMarks.find(c) != std::string_view::npos;
}

bool is_visible(char c) {
  return c > 0x20 && c < 0x7f;
}

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

template <typename Predicate>
bool all(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

Error bad_control(const char* why) {
  return Error(Code::kMalformed, "bhttp.control", why);
}

bool is_value_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

}  // namespace

std::optional<std::string_view> find_field(const Fields& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.name == name) {
      return field.value;
    }
  }
  return std::nullopt;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

bool steers_connection(std::string_view name) {
  constexpr std::array<std::string_view, 6> kNames = {
      "connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

Status check_field(std::string_view name, std::string_view value) {
  // [RFC 9292 3.6] :method and its like are control data; no other pseudo-field is known to us,
  // and [RFC 9113 8.3] undefined ones make a message malformed.
  if (name.starts_with(':')) {
    return Error(Code::kMalformed, "bhttp.pseudo_field", "pseudo-field among the fields");
  }
  if (name.empty() || !all(name, is_lower_tchar)) {
    return Error(Code::kMalformed, "bhttp.field_name", "not a lower-case field name");
  }
  if (!all(value, is_value_char) ||
      (!value.empty() && (is_blank(value.front()) || is_blank(value.back())))) {
    return Error(Code::kMalformed, "bhttp.field_value", "control character or outer blank");
  }
  // Carried over into HTTP/1.1 they would move the end of the message there.
  if (!CLAUSTRUM_GUARD("channel.connection_field", !steers_connection(name))) {
    return Error(Code::kMalformed, "bhttp.connection_field", "field of the connection");
  }
  return ok_status();
}

Status check_control(const RequestHead& head) {
  if (head.method.size() > kMaxMethod || head.scheme.size() > kMaxScheme ||
      head.authority.size() > kMaxAuthority || head.path.size() > kMaxPath) {
    return Error(Code::kExhausted, "bhttp.control_limit", "control value too long");
  }
  if (head.method.empty() ||
      !all(head.method, [](char c) { return is_lower_tchar(c) || is_alpha(c); })) {
    return bad_control("method");
  }
  if (head.scheme.empty() || !is_alpha(head.scheme.front()) || !all(head.scheme, [](char c) {
        return is_alpha(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
      })) {
    return bad_control("scheme");
  }
  if (!all(head.authority, [](char c) {
        return is_visible(c) && c != '/' && c != '?' && c != '#' && c != '@' && c != '\\';
      })) {
    return bad_control("authority");
  }
  const bool asterisk = head.path == "*" && head.method == "OPTIONS";
  const bool origin = head.path.starts_with('/') &&
                      all(head.path, [](char c) { return is_visible(c) && c != '#'; });
  if (!asterisk && !origin) {
    return bad_control("path");
  }
  return ok_status();
}

Status check_status(std::uint64_t status) {
  if (status < 100 || status > 599 || status == 101) {
    return Error(Code::kMalformed, "bhttp.status", "status outside 100 to 599, or 101");
  }
  return ok_status();
}

}  // namespace claustrum::channel
