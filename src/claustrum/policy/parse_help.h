// SPDX-License-Identifier: Apache-2.0
// What both versions' parsers read alike [docs/formats/policy.md]. For the parsers only. A typing
// mistake in a member's name must not turn a demand off, so every unknown member is an error.
#pragma once

#include "claustrum/policy/platform_rules.h"

namespace claustrum::policy {

inline constexpr std::size_t kMaxEntries = 64;  // of floors, simulated roots, waivers, advisories

inline Error malformed(std::string_view reason, std::string text) {
  return Error(Code::kMalformed, reason, std::move(text));
}

// Malformed "policy.unknown_member".
Status known_members(const codec::Json& table, std::initializer_list<std::string_view> allowed);
// A name or reason of 1..256 bytes; malformed "policy.text".
Result<std::string> text_at(const codec::Json& table, std::string_view key);
Result<Instant> time_at(const codec::Json& table, std::string_view key);
// An array of at most 64 tables, or nothing; malformed "policy.list".
Result<codec::Json::Array> tables_at(const codec::Json& table, std::string_view key);
// Malformed "policy.rule", as parse_rule.
Result<std::optional<Rule>> rule_at(const codec::Json& table, std::string_view key, ValueKind kind);
// Names the key in the text of a fault.
Result<RuleMap> rule_map(const codec::Json& table, ValueKind kind);
// tcb = { ignore = "reason" }, or a table of products.
Status read_tcb(const codec::Json& table, std::optional<Ignore>& ignored, ProductRules& products);

// The same of version 2, for one platform: lists of components, and nothing that asks for nothing.
Status read_floors_of(std::string_view platform, const codec::Json& section, PlatformRules& out);

// [platform.<name>] of version 2.
Result<Platforms> parse_platforms(const codec::Json& root);

}  // namespace claustrum::policy
