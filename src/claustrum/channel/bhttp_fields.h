// SPDX-License-Identifier: Apache-2.0
// Rules for the parts of a Binary HTTP message, the same for reader and writer [RFC 9292 3.4, 3.5,
// 3.6; RFC 9113 8.2, 8.3].
#pragma once

#include "claustrum/channel/bhttp.h"

namespace claustrum::channel {

// Longest control values we read or write.
inline constexpr std::size_t kMaxMethod = 32;
inline constexpr std::size_t kMaxScheme = 32;
inline constexpr std::size_t kMaxAuthority = 255;
inline constexpr std::size_t kMaxPath = 8192;

Status check_field(std::string_view name, std::string_view value);
Status check_control(const RequestHead& head);
Status check_status(std::uint64_t status);
// Connection, Keep-Alive, Proxy-Connection, TE, Transfer-Encoding, Upgrade.
bool steers_connection(std::string_view name);
std::string lower_case(std::string_view text);

}  // namespace claustrum::channel
