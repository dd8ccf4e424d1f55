// SPDX-License-Identifier: Apache-2.0
// The plain values of http.h: endpoints, header lists, request targets.
#include <arpa/inet.h>

#include "claustrum/net/http.h"
#include "claustrum/net/http_text.h"

namespace claustrum::net {
namespace {

Error bad_endpoint(const char* why) {
  return Error(Code::kMalformed, "net.endpoint", why);
}

bool is_ipv6_literal(const std::string& host) {
  in6_addr unused{};
  return ::inet_pton(AF_INET6, host.c_str(), &unused) == 1;
}

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-';
}

Result<std::uint16_t> parse_port(std::string_view text) {
  const std::optional<std::uint64_t> value = parse_decimal(text);
  if (!value || text.size() > 5 || *value > 65535) {
    return bad_endpoint("port must be a number up to 65535");
  }
  return static_cast<std::uint16_t>(*value);
}

Result<Endpoint> parse_tcp(std::string_view rest) {
  if (rest.ends_with('/')) {
    rest.remove_suffix(1);
  }
  Endpoint out;
  std::string_view port;
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) {
      return bad_endpoint("IPv6 address without ]");
    }
    out.host = std::string(rest.substr(1, close - 1));
    port = rest.substr(close + 1);
    if (!is_ipv6_literal(out.host)) {
      return bad_endpoint("not an IPv6 address");
    }
  } else {
    const std::size_t colon = rest.find(':');
    out.host = std::string(rest.substr(0, colon));
    port = colon == std::string_view::npos ? std::string_view() : rest.substr(colon);
    if (out.host.empty() || out.host.size() > 253 ||
        !std::all_of(out.host.begin(), out.host.end(), is_host_char)) {
      return bad_endpoint("not a host name or address");
    }
  }
  out.port = 80;
  if (!port.empty()) {
    if (!port.starts_with(':')) {
      return bad_endpoint("a port follows the host after a colon");
    }
    CLAUSTRUM_TRY_ASSIGN(out.port, parse_port(port.substr(1)));
  }
  return out;
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view url) {
  constexpr std::string_view kHttp = "http://";
  constexpr std::string_view kUnix = "unix:";
  if (url.starts_with(kHttp)) {
    return parse_tcp(url.substr(kHttp.size()));
  }
  if (url.starts_with(kUnix)) {
    Endpoint out;
    out.kind = Kind::kUnix;
    out.path = std::string(url.substr(kUnix.size()));
    // 108 bytes in sockaddr_un, one of them the terminator.
    if (!out.path.starts_with('/') || out.path.size() > 107 ||
        out.path.find('\0') != std::string::npos) {
      return bad_endpoint("a Unix socket needs an absolute path of at most 107 bytes");
    }
    return out;
  }
  return Error(Code::kUnsupported, "net.endpoint", "endpoint must be http:// or unix:");
}

bool Endpoint::is_loopback() const {
  if (kind == Kind::kUnix) {
    return true;
  }
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    return (ntohl(v4.s_addr) >> 24) == 127;
  }
  return host == "::1" || equal_ignoring_case(host, "localhost");
}

std::string Endpoint::text() const {
  if (kind == Kind::kUnix) {
    return "unix:" + path;
  }
  const bool v6 = host.find(':') != std::string::npos;
  return "http://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const HeaderField& field : fields_) {
    if (equal_ignoring_case(field.name, name)) {
      return field.value;
    }
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      fields_.begin(), fields_.end(),
      [&](const HeaderField& field) { return equal_ignoring_case(field.name, name); }));
}

void Headers::add(std::string name, std::string value) {
  fields_.push_back({std::move(name), std::move(value)});
}

std::string_view Request::path() const {
  const std::string_view all = target;
  return all.substr(0, all.find('?'));
}

std::string_view Request::query() const {
  const std::string_view all = target;
  const std::size_t mark = all.find('?');
  return mark == std::string_view::npos ? std::string_view() : all.substr(mark + 1);
}

}  // namespace claustrum::net
