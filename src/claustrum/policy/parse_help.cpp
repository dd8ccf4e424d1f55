// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/parse_help.h"

#include "claustrum/base/guard.h"
#include "claustrum/policy/printable.h"

namespace claustrum::policy {

using codec::Json;

namespace {

constexpr std::size_t kMaxTextLen = 256;
constexpr std::size_t kMaxShown = 32;  // of a key in an error's text

}  // namespace

Status known_members(const Json& table, std::initializer_list<std::string_view> allowed) {
  if (!CLAUSTRUM_GUARD("policy.unknown_member", table.only_members(allowed).ok())) {
    return malformed("policy.unknown_member", "a member this version does not know");
  }
  return ok_status();
}

Result<std::string> text_at(const Json& table, std::string_view key) {
  CLAUSTRUM_TRY_ASSIGN(std::string text, table.string_at(key));
  if (is_blank(text) || text.size() > kMaxTextLen) {
    return malformed("policy.text", "a name or reason is blank or longer than 256 bytes");
  }
  return text;
}

Result<Instant> time_at(const Json& table, std::string_view key) {
  CLAUSTRUM_TRY_ASSIGN(const std::string text, table.string_at(key));
  return parse_rfc3339(text);
}

// An array of tables, or nothing.
Result<Json::Array> tables_at(const Json& table, std::string_view key) {
  const Json* list = table.find(key);
  if (list == nullptr) {
    return Json::Array{};
  }
  if (!list->is_array() || list->items().size() > kMaxEntries) {
    return malformed("policy.list", "not a list of tables, or longer than 64");
  }
  return list->items();
}

Result<std::optional<Rule>> rule_at(const Json& table, std::string_view key, ValueKind kind) {
  const Json* rule = table.find(key);
  if (rule == nullptr) {
    return std::optional<Rule>();
  }
  Result<Rule> parsed = parse_rule(*rule, kind);
  if (!parsed.ok()) {
    return Error(parsed.error()).within(key);
  }
  return std::optional<Rule>(std::move(parsed).value());
}

Result<RuleMap> rule_map(const Json& table, ValueKind kind) {
  if (!table.is_object()) {
    return malformed("policy.rule", "a table of rules is expected");
  }
  RuleMap rules;
  for (const Json::Member& member : table.members()) {
    Result<Rule> rule = parse_rule(member.second, kind);
    if (!rule.ok()) {
      return Error(rule.error()).within(one_line(member.first, kMaxShown));
    }
    rules.emplace(member.first, std::move(rule).value());
  }
  return rules;
}

Status read_tcb(const Json& table, std::optional<Ignore>& ignored, ProductRules& products) {
  const Json* tcb = table.find("tcb");
  if (tcb == nullptr) {
    return ok_status();
  }
  if (!tcb->is_object()) {
    return malformed("policy.rule", "tcb is a table of products");
  }
  if (tcb->find("ignore") != nullptr) {
    CLAUSTRUM_TRY_ASSIGN(const Rule rule, parse_rule(*tcb, ValueKind::kInteger));
    ignored = std::get<Ignore>(rule);
    return ok_status();
  }
  for (const Json::Member& product : tcb->members()) {
    CLAUSTRUM_TRY_ASSIGN(RuleMap components, rule_map(product.second, ValueKind::kInteger));
    products.emplace(product.first, std::move(components));
  }
  return ok_status();
}

}  // namespace claustrum::policy
