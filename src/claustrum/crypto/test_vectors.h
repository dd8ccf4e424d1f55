// SPDX-License-Identifier: Apache-2.0
// For tests: official vectors, which are never copied into the tree. They lie in the folder named
// by CLAUSTRUM_SHARED, or beside the source tree; where they are absent a test skips itself.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>

#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/json.h"

#ifndef CLAUSTRUM_SOURCE_DIR
#define CLAUSTRUM_SOURCE_DIR "."
#endif

namespace claustrum::crypto {

inline std::string shared_path(std::string_view relative) {
  const char* root = std::getenv("CLAUSTRUM_SHARED");
  const bool set = root != nullptr && *root != '\0';
  return (set ? std::string(root) : std::string(CLAUSTRUM_SOURCE_DIR "/../shared")) + "/" +
         std::string(relative);
}

inline std::optional<std::string> shared_text(std::string_view relative) {
  std::ifstream file(shared_path(relative), std::ios::binary);
  if (!file) {
    return std::nullopt;
  }
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

inline std::optional<codec::Json> shared_json(std::string_view relative) {
  const std::optional<std::string> text = shared_text(relative);
  if (!text) {
    return std::nullopt;
  }
  codec::JsonLimits limits;
  limits.max_bytes = std::size_t{16} << 20;
  limits.max_depth = 64;
  limits.max_values = 4'000'000;
  limits.numbers = codec::JsonNumbers::kAny;
  return codec::parse_json(std::string_view(*text), limits).value();
}

// Members of vector files are what their format says; anything else is a fault of the test.
inline Bytes hex_of(const codec::Json& object, std::string_view key) {
  return codec::hex_decode(object.find(key)->string()).value();
}
inline Bytes base64url_of(const codec::Json& object, std::string_view key) {
  return codec::base64url_decode(object.find(key)->string()).value();
}

}  // namespace claustrum::crypto
