// SPDX-License-Identifier: Apache-2.0
// Reading a policy's text [docs/formats/policy.md]. Shape errors stop here; a field left out does
// not, it denies at appraisal. A typing mistake in a member's name must not turn a demand off, so
// every unknown member is an error.
#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/toml.h"
#include "claustrum/policy/factor_names.h"
#include "claustrum/policy/hollow.h"
#include "claustrum/policy/parse_help.h"
#include "claustrum/policy/policy.h"

namespace claustrum::policy {

namespace {

using codec::Json;

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
  CLAUSTRUM_TRY(read_tcb(root, rules.tcb_ignored, rules.tcb));
  CLAUSTRUM_TRY(read_init_data(root, rules));
  return rules;
}

Result<Floor> read_floor(const Json& entry, int version) {
  Floor out;
  CLAUSTRUM_TRY(version == 1 ? known_members(entry, {"issuer", "crl-this-update"})
                             : known_members(entry, {"issuer", "crl-this-update",
                                                     "evaluation-number", "tcb-date"}));
  CLAUSTRUM_TRY_ASSIGN(const Bytes issuer, entry.hex_at("issuer", 32));
  out.issuer = codec::hex_encode(issuer);
  if (version == 1 || entry.find("crl-this-update") != nullptr) {
    CLAUSTRUM_TRY_ASSIGN(out.crl_this_update, time_at(entry, "crl-this-update"));
  }
  if (version != 1 && out.crl_this_update) {
    CLAUSTRUM_TRY(check_not_hollow(Rule(AtLeastDate{*out.crl_this_update}), {}));
  }
  if (entry.find("tcb-date") != nullptr) {
    CLAUSTRUM_TRY_ASSIGN(out.tcb_date, time_at(entry, "tcb-date"));
    CLAUSTRUM_TRY(check_not_hollow(Rule(AtLeastDate{*out.tcb_date}), {}));
  }
  if (entry.find("evaluation-number") != nullptr) {
    CLAUSTRUM_TRY_ASSIGN(out.evaluation_number, entry.integer_at("evaluation-number"));
    CLAUSTRUM_TRY(check_not_hollow(Rule(AtLeast{*out.evaluation_number}), {}));
  }
  if (!out.crl_this_update && !out.evaluation_number && !out.tcb_date) {
    return malformed("policy.floor", "a floor names a date, a number or both");
  }
  return out;
}

Result<std::vector<Floor>> read_floors(const Json& root, int version) {
  std::vector<Floor> floors;
  CLAUSTRUM_TRY_ASSIGN(const Json::Array list, tables_at(root, "floor"));
  for (const Json& entry : list) {
    CLAUSTRUM_TRY_ASSIGN(Floor floor, read_floor(entry, version));
    const auto same = [&floor](const Floor& other) { return other.issuer == floor.issuer; };
    if (std::any_of(floors.begin(), floors.end(), same)) {
      return malformed("policy.floor", "two floors for one issuer");
    }
    floors.push_back(std::move(floor));
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

Result<std::vector<Waiver>> read_waivers(const Json& root, int version) {
  std::vector<Waiver> waivers;
  CLAUSTRUM_TRY_ASSIGN(const Json::Array list, tables_at(root, "waive"));
  for (const Json& entry : list) {
    CLAUSTRUM_TRY(known_members(entry, {"factor", "reason", "until"}));
    Waiver waiver;
    CLAUSTRUM_TRY_ASSIGN(waiver.factor, text_at(entry, "factor"));
    CLAUSTRUM_TRY_ASSIGN(waiver.reason, text_at(entry, "reason"));
    CLAUSTRUM_TRY_ASSIGN(waiver.until, time_at(entry, "until"));
    // A policy that could waive a signature would accept anything.
    if (!CLAUSTRUM_GUARD("policy.waivable", is_waivable(waiver.factor, version))) {
      return malformed("policy.waiver", "this factor cannot be waived");
    }
    waivers.push_back(std::move(waiver));
  }
  return waivers;
}

// In version 2 a thing is said once: of two dates for one factor or root, one would be overlooked.
Status said_once(const std::vector<Waiver>& waivers, const std::vector<SimulatedRoot>& roots) {
  std::set<std::string_view> factors;
  for (const Waiver& waiver : waivers) {
    if (!factors.insert(waiver.factor).second) {
      return malformed("policy.waiver", "two waivers for one factor");
    }
  }
  std::set<Bytes> keys;
  for (const SimulatedRoot& root : roots) {
    if (!keys.insert(root.spki_sha256).second) {
      return malformed("policy.simulated", "one simulated root named twice");
    }
  }
  return ok_status();
}

Result<std::set<std::string, std::less<>>> read_forbidden(const Json& root, int version) {
  std::set<std::string, std::less<>> factors;
  CLAUSTRUM_TRY_ASSIGN(const Json::Array list, tables_at(root, "forbid-not-offered"));
  for (const Json& entry : list) {
    if (!entry.is_string() || entry.string().empty()) {
      return malformed("policy.list", "forbid-not-offered is a list of factor names");
    }
    const bool known = version == 1 || is_factor_name(entry.string());
    if (!CLAUSTRUM_GUARD("policy.forbidden_name", known)) {
      return malformed("policy.factor", "forbid-not-offered: no factor has this name");
    }
    if (!factors.insert(entry.string()).second && version != 1) {
      return malformed("policy.factor", "forbid-not-offered names a factor twice");
    }
  }
  return factors;
}

// Without a version a text is read as version 1, and is incomplete.
Result<std::optional<int>> read_version(const Json& root) {
  const Json* version = root.find("version");
  if (version == nullptr) {
    return std::optional<int>();
  }
  if (!version->is_integer() || (version->integer() != 1 && version->integer() != 2)) {
    return Error(Code::kUnsupported, "policy.version", "only versions 1 and 2 are known");
  }
  return std::optional<int>(static_cast<int>(version->integer()));
}

Status read_version_1(const Json& root, Rules& rules) {
  CLAUSTRUM_TRY(known_members(
      root, {"version", "name", "platform", "product", "measurement", "debug", "migration", "vmpl",
             "chip-id", "tcb", "init-data", "floor", "simulated", "waive", "forbid-not-offered"}));
  CLAUSTRUM_TRY_ASSIGN(rules, read_rules(root));
  return ok_status();
}

// Version 2 takes no rule that holds for everything.
Status check_launch_rules(const Rules& rules) {
  if (rules.init_data_digest) {
    CLAUSTRUM_TRY(check_not_hollow(*rules.init_data_digest, {}));
  }
  static const RuleMap kNone;
  for (const auto& [leaf, rule] : rules.init_data_fields ? *rules.init_data_fields : kNone) {
    const Status spoken = check_not_hollow(rule, all_booleans());
    if (!spoken.ok()) {
      return Error(spoken.error()).within("init-data.fields");
    }
  }
  return ok_status();
}

Status read_version_2(const Json& root, Rules& rules, Platforms& platforms) {
  CLAUSTRUM_TRY(known_members(root, {"version", "name", "platform", "init-data", "floor",
                                     "simulated", "waive", "forbid-not-offered"}));
  CLAUSTRUM_TRY_ASSIGN(platforms, parse_platforms(root));
  CLAUSTRUM_TRY(read_init_data(root, rules));
  return check_launch_rules(rules);
}

}  // namespace

class PolicyParser {
 public:
  static Result<Policy> parse(BytesView toml) {
    codec::JsonLimits limits;
    limits.max_bytes = kMaxPolicyLen;
    CLAUSTRUM_TRY_ASSIGN(const Json root, codec::parse_toml(toml, limits));
    Policy policy;
    CLAUSTRUM_TRY_ASSIGN(const std::optional<int> version, read_version(root));
    policy.has_version_ = version.has_value();
    policy.version_ = version.value_or(1);
    if (policy.version_ == 1) {
      CLAUSTRUM_TRY(read_version_1(root, policy.rules_));
    } else {
      CLAUSTRUM_TRY(read_version_2(root, policy.rules_, policy.platforms_));
    }
    if (root.find("name") != nullptr) {
      CLAUSTRUM_TRY_ASSIGN(policy.name_, text_at(root, "name"));
    }
    CLAUSTRUM_TRY_ASSIGN(policy.floors_, read_floors(root, policy.version_));
    CLAUSTRUM_TRY_ASSIGN(policy.simulated_, read_simulated(root));
    CLAUSTRUM_TRY_ASSIGN(policy.waivers_, read_waivers(root, policy.version_));
    if (policy.version_ == 2) {
      CLAUSTRUM_TRY(said_once(policy.waivers_, policy.simulated_));
    }
    CLAUSTRUM_TRY_ASSIGN(policy.forbid_not_offered_, read_forbidden(root, policy.version_));
    policy.text_ = std::string(as_text(toml));
    policy.digest_ = crypto::sha256(toml);
    return policy;
  }
};

Result<Policy> Policy::parse(BytesView toml) {
  return PolicyParser::parse(toml);
}

}  // namespace claustrum::policy
