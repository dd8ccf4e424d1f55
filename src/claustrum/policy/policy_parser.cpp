// SPDX-License-Identifier: Apache-2.0
// Reading a policy's text [docs/formats/policy.md]. Shape errors stop here; a field left out does
// not, it denies at appraisal. A typing mistake in a member's name must not turn a demand off, so
// every unknown member is an error.
#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/toml.h"
#include "claustrum/policy/policy.h"

namespace claustrum::policy {

namespace {

using codec::Json;

constexpr std::size_t kMaxEntries = 64;  // of floors, simulated roots, waivers
constexpr std::size_t kMaxTextLen = 256;

Error malformed(std::string_view reason, std::string text) {
  return Error(Code::kMalformed, reason, std::move(text));
}

Status known_members(const Json& table, std::initializer_list<std::string_view> allowed) {
  if (!CLAUSTRUM_GUARD("policy.unknown_member", table.only_members(allowed).ok())) {
    return malformed("policy.unknown_member", "a member this version does not know");
  }
  return ok_status();
}

Result<std::string> text_at(const Json& table, std::string_view key) {
  CLAUSTRUM_TRY_ASSIGN(std::string text, table.string_at(key));
  if (text.empty() || text.size() > kMaxTextLen) {
    return malformed("policy.text", "a name or reason is empty or longer than 256 bytes");
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
  CLAUSTRUM_TRY_ASSIGN(Rule parsed, parse_rule(*rule, kind));
  return std::optional<Rule>(std::move(parsed));
}

Result<RuleMap> rule_map(const Json& table, ValueKind kind) {
  if (!table.is_object()) {
    return malformed("policy.rule", "a table of rules is expected");
  }
  RuleMap rules;
  for (const Json::Member& member : table.members()) {
    CLAUSTRUM_TRY_ASSIGN(Rule rule, parse_rule(member.second, kind));
    rules.emplace(member.first, std::move(rule));
  }
  return rules;
}

Status read_tcb(const Json& root, Rules& rules) {
  const Json* tcb = root.find("tcb");
  if (tcb == nullptr) {
    return ok_status();
  }
  if (!tcb->is_object()) {
    return malformed("policy.rule", "tcb is a table of products");
  }
  const Json* ignored = tcb->find("ignore");
  if (ignored != nullptr) {
    CLAUSTRUM_TRY_ASSIGN(Rule rule, parse_rule(*tcb, ValueKind::kInteger));
    rules.tcb_ignored = std::get<Ignore>(rule);
    return ok_status();
  }
  for (const Json::Member& product : tcb->members()) {
    CLAUSTRUM_TRY_ASSIGN(RuleMap components, rule_map(product.second, ValueKind::kInteger));
    rules.tcb.emplace(product.first, std::move(components));
  }
  return ok_status();
}

Status read_init_data(const Json& root, Rules& rules) {
  const Json* init_data = root.find("init-data");
  if (init_data == nullptr) {
    return ok_status();
  }
  CLAUSTRUM_TRY(known_members(*init_data, {"digest", "fields"}));
  CLAUSTRUM_TRY_ASSIGN(rules.init_data_digest, rule_at(*init_data, "digest", ValueKind::kHex));
  const Json* fields = init_data->find("fields");
  if (fields != nullptr) {
    CLAUSTRUM_TRY_ASSIGN(RuleMap leaves, rule_map(*fields, ValueKind::kAny));
    // A table without rules says nothing, and must not count as having judged the leaves.
    if (!leaves.empty()) {
      rules.init_data_fields = std::move(leaves);
    }
  }
  return ok_status();
}

Result<Rules> read_rules(const Json& root) {
  Rules rules;
  CLAUSTRUM_TRY_ASSIGN(rules.platform, rule_at(root, "platform", ValueKind::kText));
  CLAUSTRUM_TRY_ASSIGN(rules.product, rule_at(root, "product", ValueKind::kText));
  CLAUSTRUM_TRY_ASSIGN(rules.measurement, rule_at(root, "measurement", ValueKind::kHex));
  CLAUSTRUM_TRY_ASSIGN(rules.debug, rule_at(root, "debug", ValueKind::kBoolean));
  CLAUSTRUM_TRY_ASSIGN(rules.migration, rule_at(root, "migration", ValueKind::kBoolean));
  CLAUSTRUM_TRY_ASSIGN(rules.vmpl, rule_at(root, "vmpl", ValueKind::kInteger));
  CLAUSTRUM_TRY_ASSIGN(rules.chip_id, rule_at(root, "chip-id", ValueKind::kHex));
  CLAUSTRUM_TRY(read_tcb(root, rules));
  CLAUSTRUM_TRY(read_init_data(root, rules));
  return rules;
}

Result<std::vector<Floor>> read_floors(const Json& root) {
  std::vector<Floor> floors;
  CLAUSTRUM_TRY_ASSIGN(const Json::Array list, tables_at(root, "floor"));
  for (const Json& entry : list) {
    CLAUSTRUM_TRY(known_members(entry, {"issuer", "crl-this-update"}));
    CLAUSTRUM_TRY_ASSIGN(const Bytes issuer, entry.hex_at("issuer", 32));
    CLAUSTRUM_TRY_ASSIGN(const Instant at, time_at(entry, "crl-this-update"));
    const std::string name = codec::hex_encode(issuer);
    const auto same = [&name](const Floor& floor) { return floor.issuer == name; };
    if (std::any_of(floors.begin(), floors.end(), same)) {
      return malformed("policy.floor", "two floors for one issuer");
    }
    floors.push_back({name, at});
  }
  return floors;
}

Result<std::vector<SimulatedRoot>> read_simulated(const Json& root) {
  std::vector<SimulatedRoot> roots;
  CLAUSTRUM_TRY_ASSIGN(const Json::Array list, tables_at(root, "simulated"));
  for (const Json& entry : list) {
    CLAUSTRUM_TRY(known_members(entry, {"root", "reason", "until"}));
    SimulatedRoot simulated;
    CLAUSTRUM_TRY_ASSIGN(simulated.spki_sha256, entry.hex_at("root", 32));
    CLAUSTRUM_TRY_ASSIGN(simulated.reason, text_at(entry, "reason"));
    CLAUSTRUM_TRY_ASSIGN(simulated.until, time_at(entry, "until"));
    roots.push_back(std::move(simulated));
  }
  return roots;
}

Result<std::vector<Waiver>> read_waivers(const Json& root) {
  std::vector<Waiver> waivers;
  CLAUSTRUM_TRY_ASSIGN(const Json::Array list, tables_at(root, "waive"));
  for (const Json& entry : list) {
    CLAUSTRUM_TRY(known_members(entry, {"factor", "reason", "until"}));
    Waiver waiver;
    CLAUSTRUM_TRY_ASSIGN(waiver.factor, text_at(entry, "factor"));
    CLAUSTRUM_TRY_ASSIGN(waiver.reason, text_at(entry, "reason"));
    CLAUSTRUM_TRY_ASSIGN(waiver.until, time_at(entry, "until"));
    // A policy that could waive a signature would accept anything.
    if (!CLAUSTRUM_GUARD("policy.waivable", is_waivable(waiver.factor))) {
      return malformed("policy.waiver", "this factor cannot be waived");
    }
    waivers.push_back(std::move(waiver));
  }
  return waivers;
}

Result<std::set<std::string, std::less<>>> read_forbidden(const Json& root) {
  std::set<std::string, std::less<>> factors;
  CLAUSTRUM_TRY_ASSIGN(const Json::Array list, tables_at(root, "forbid-not-offered"));
  for (const Json& entry : list) {
    if (!entry.is_string() || entry.string().empty()) {
      return malformed("policy.list", "forbid-not-offered is a list of factor names");
    }
    factors.insert(entry.string());
  }
  return factors;
}

Result<bool> read_version(const Json& root) {
  const Json* version = root.find("version");
  if (version == nullptr) {
    return false;
  }
  if (!version->is_integer() || version->integer() != 1) {
    return Error(Code::kUnsupported, "policy.version", "only version 1 is known");
  }
  return true;
}

}  // namespace

class PolicyParser {
 public:
  static Result<Policy> parse(BytesView toml) {
    codec::JsonLimits limits;
    limits.max_bytes = kMaxPolicyLen;
    CLAUSTRUM_TRY_ASSIGN(const Json root, codec::parse_toml(toml, limits));
    Policy policy;
    CLAUSTRUM_TRY_ASSIGN(policy.has_version_, read_version(root));
    CLAUSTRUM_TRY(known_members(root, {"version", "name", "platform", "product", "measurement",
                                       "debug", "migration", "vmpl", "chip-id", "tcb", "init-data",
                                       "floor", "simulated", "waive", "forbid-not-offered"}));
    if (root.find("name") != nullptr) {
      CLAUSTRUM_TRY_ASSIGN(policy.name_, text_at(root, "name"));
    }
    CLAUSTRUM_TRY_ASSIGN(policy.rules_, read_rules(root));
    CLAUSTRUM_TRY_ASSIGN(policy.floors_, read_floors(root));
    CLAUSTRUM_TRY_ASSIGN(policy.simulated_, read_simulated(root));
    CLAUSTRUM_TRY_ASSIGN(policy.waivers_, read_waivers(root));
    CLAUSTRUM_TRY_ASSIGN(policy.forbid_not_offered_, read_forbidden(root));
    policy.text_ = std::string(as_text(toml));
    policy.digest_ = crypto::sha256(toml);
    return policy;
  }
};

Result<Policy> Policy::parse(BytesView toml) {
  return PolicyParser::parse(toml);
}

}  // namespace claustrum::policy
