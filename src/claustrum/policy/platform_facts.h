// SPDX-License-Identifier: Apache-2.0
// What each platform's evidence says, so that a policy can be called complete, and a rule that no
// evidence could ever satisfy can be found before it locks somebody out [docs/formats/policy.md,
// version 2]. A platform that is not listed needs every rule.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace claustrum::policy {

enum class Attests { kNever, kSometimes, kAlways };

struct PlatformFacts {
  std::string_view name;
  bool known = true;
  Attests product = Attests::kAlways;
  Attests provider = Attests::kAlways;
  Attests migration = Attests::kAlways;
  Attests privilege_level = Attests::kAlways;
  Attests standing = Attests::kAlways;
  std::size_t measurement_len = 0;  // bytes; 0: several lengths, or not known
  // The measurements that say which program runs, kernel and initrd included.
  std::span<const std::string_view> program = {};
  // Of each group one must be asked for, or any program would do.
  std::span<const std::span<const std::string_view>> groups = {};
  std::span<const std::string_view> products = {};      // empty: too many to list
  std::span<const std::string_view> standings = {};     // the vendor's words
  std::span<const std::size_t> hardware_id_lens = {};   // bytes
  std::span<const std::string_view> measurements = {};  // every name there is
};

// The vendor's word for keys and firmware that may be in anybody's hands; no rule takes it.
inline constexpr std::string_view kRevoked = "Revoked";

const PlatformFacts& facts_of(std::string_view platform);
// Is a product of this platform spelled so? Of a platform nobody listed any is.
bool is_product(std::string_view platform, std::string_view name);

}  // namespace claustrum::policy
