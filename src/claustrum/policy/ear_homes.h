// SPDX-License-Identifier: Apache-2.0
// Which AR4SI category a factor is at home in [docs/formats/ear.md]. For ear*.cpp only.
#pragma once

#include "claustrum/policy/ear.h"

namespace claustrum::policy {

// AR4SI's values, as far as we give them.
namespace ar4si {
inline constexpr std::int8_t kNoClaim = 0;
inline constexpr std::int8_t kNotUnderstood = 1;
inline constexpr std::int8_t kGood = 2;    // in every category
inline constexpr std::int8_t kPartly = 3;  // configuration: no known weakness
inline constexpr std::int8_t kApprovedBoot = 3;
inline constexpr std::int8_t kWeak = 32;  // hardware, runtime-opaque
inline constexpr std::int8_t kUnknownCode = 33;
inline constexpr std::int8_t kUnavailable = 36;
inline constexpr std::int8_t kBad = 96;  // in every category
inline constexpr std::int8_t kUnrecognised = 97;
inline constexpr std::int8_t kNotValid = 99;
}  // namespace ar4si

// Where a factor is at home, and what its home becomes when it failed, or was not really checked.
struct Home {
  std::string_view id;  // ending in '.': all ids that begin so
  TrustCategory category;
  std::int8_t failed;
  std::int8_t unchecked;
};

// An id nobody knows is at home in the configuration: a factor added later can lower, never raise.
const Home& home_of(std::string_view factor);

}  // namespace claustrum::policy
