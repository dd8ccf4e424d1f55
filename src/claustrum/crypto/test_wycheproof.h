// SPDX-License-Identifier: Apache-2.0
// For tests: walks a Wycheproof file of $CLAUSTRUM_SHARED/vectors/wycheproof. "acceptable" means a
// library may do either; a case that we accept must still give the vector's value.
#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "claustrum/crypto/test_vectors.h"

namespace claustrum::crypto {

enum class Expect { kValid, kInvalid, kAcceptable };

struct WycheproofCase {
  const codec::Json& group;
  const codec::Json& test;
  Expect expect;

  Bytes hex(std::string_view key) const { return hex_of(test, key); }
  Bytes group_hex(std::string_view key) const { return hex_of(group, key); }
  // The verdict the vector demands, against the one we gave.
  void expect_verdict(bool accepted) const {
    if (expect != Expect::kAcceptable) {
      EXPECT_EQ(accepted, expect == Expect::kValid);
    }
  }
};

// Calls `check` for every case; false (skip the test) where the file is absent.
inline bool for_each_wycheproof(std::string_view file,
                                const std::function<void(const WycheproofCase&)>& check) {
  const std::optional<codec::Json> parsed = shared_json("vectors/wycheproof/" + std::string(file));
  if (!parsed) {
    return false;
  }
  std::size_t count = 0;
  for (const codec::Json& group : parsed->find("testGroups")->items()) {
    for (const codec::Json& test : group.find("tests")->items()) {
      const std::string& result = test.find("result")->string();
      SCOPED_TRACE(std::string(file) + " " + std::to_string(test.find("tcId")->integer()) + " " +
                   result);
      check({group, test,
             result == "valid"     ? Expect::kValid
             : result == "invalid" ? Expect::kInvalid
                                   : Expect::kAcceptable});
      ++count;
    }
  }
  EXPECT_EQ(count, static_cast<std::size_t>(parsed->find("numberOfTests")->integer()));
  return true;
}

}  // namespace claustrum::crypto
