// SPDX-License-Identifier: Apache-2.0
// For the tests of this folder: expectations on a Result's fault, and official vectors, which are
// never copied into the tree (CLAUSTRUM_SHARED, or the folder beside the source tree).
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>

#include "claustrum/base/result.h"

namespace claustrum::codec {

template <typename T>
void expect_fault(const Result<T>& result, Code code, std::string_view reason,
                  const std::string& input = {}) {
  ASSERT_FALSE(result.ok()) << input;
  EXPECT_EQ(result.error().code(), code) << input << ": " << result.error().message();
  EXPECT_EQ(result.error().reason(), reason) << input << ": " << result.error().message();
}

inline std::optional<std::string> shared_text(const std::string& relative) {
  const char* root = std::getenv("CLAUSTRUM_SHARED");
  const std::string folder = root != nullptr && *root != '\0'
                                 ? std::string(root)
                                 : std::string(CLAUSTRUM_SOURCE_DIR "/../shared");
  std::ifstream file(folder + "/" + relative, std::ios::binary);
  if (!file) {
    return std::nullopt;
  }
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

}  // namespace claustrum::codec
