// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/judge.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/policy/judge_help.h"
#include "claustrum/policy/launch_rules.h"

namespace claustrum::policy {

namespace {

using codec::Json;
using evidence::Claims;
using evidence::Factors;
using evidence::FactorStatus;

void judge_complete(const Policy& policy, Factors& factors) {
  std::string names;
  for (const std::string& name : policy.missing()) {
    names += (names.empty() ? "" : ", ") + name;
  }
  if (!CLAUSTRUM_GUARD("policy.complete", names.empty())) {
    factors.fail("policy-complete", "policy.incomplete", "a rule for every field",
                 "none for " + names, "an unfinished policy denies; write the missing rules");
    return;
  }
  factors.pass("policy-complete", "a rule for every field", "complete");
}

void judge_leaf(Factors& factors, const std::string& leaf, const RuleMap& rules,
                const Found& found) {
  const std::string id = "init-data." + leaf;
  const auto at = rules.find(leaf);
  if (!CLAUSTRUM_GUARD("policy.init_data_unruled", at != rules.end())) {
    factors.fail(id, "policy.init_data_unruled", "a rule for this leaf",
                 found ? describe_value(*found) : std::string(kNotAttestedText),
                 "write a rule for every leaf of the launch configuration");
    return;
  }
  const std::optional<Rule> rule =
      at == rules.end() ? Rule(Ignore{"check switched off"}) : at->second;
  const bool constrained = !must_be_constrained(leaf) || !std::holds_alternative<Ignore>(*rule);
  if (!CLAUSTRUM_GUARD("policy.init_data_unconstrained", constrained)) {
    factors.fail(
        id, "policy.init_data_unconstrained", "exact or one-of", describe(*rule),
        "ask for a role and an engine: a policy that leaves them open accepts any program");
    return;
  }
  add(factors, id, rule, found, CLAUSTRUM_GUARD("policy.init_data_leaf", satisfied(rule, found)),
      "policy.init_data",
      "the workload was launched with another configuration; launch it with the policy's");
}

void judge_leaves(const RuleMap& rules, const InitData& init_data, Factors& factors) {
  const auto leaves = init_data_leaves(init_data);
  if (!leaves.ok()) {
    factors.fail("init-data", leaves.error(), "one value a leaf", "refuse this launch data");
    return;
  }
  for (const auto& [leaf, value] : *leaves) {
    judge_leaf(factors, leaf, rules, Found(value));
  }
  for (const auto& [leaf, rule] : rules) {
    if (leaves->find(leaf) == leaves->end()) {
      judge_leaf(factors, leaf, rules, Found());
    }
  }
}

void judge_digest_rule(const Rules& rules, const Claims& claims, Factors& factors) {
  const Found found = text_or_nothing(codec::hex_encode(claims.host_data));
  if (!CLAUSTRUM_GUARD("policy.init_data_open", !launch_data_open(rules))) {
    factors.fail("init-data", "policy.init_data_unconstrained", "a digest or rules for its leaves",
                 "nothing but ignore",
                 "ask for a configuration: a policy that leaves it open accepts any program");
    return;
  }
  if (!rules.init_data_digest && rules.init_data_fields) {
    return;  // judged leaf by leaf
  }
  add(factors, "init-data", rules.init_data_digest, found,
      CLAUSTRUM_GUARD("policy.init_data", satisfied(rules.init_data_digest, found)),
      "policy.init_data",
      "the workload was launched with another configuration; launch it with the policy's");
}

// The document that came along must be the one the hardware bound, whatever the rules say.
std::optional<InitData> bound_init_data(const Claims& claims, BytesView bytes, Factors& factors) {
  constexpr const char* kExpected = "the digest in the hardware's launch slot";
  auto parsed = parse_init_data(bytes);
  if (!parsed.ok()) {
    factors.fail("init-data-digest", parsed.error(), kExpected, "refuse this launch data");
    return std::nullopt;
  }
  const Status same = check_launch_digest(*parsed, claims.host_data);
  if (!same.ok()) {
    factors.fail("init-data-digest", same.error().reason(), codec::hex_encode(claims.host_data),
                 codec::hex_encode(parsed->digest()),
                 "send the launch data that this machine was started with");
    return std::nullopt;
  }
  factors.pass("init-data-digest", kExpected, codec::hex_encode(parsed->digest()));
  return std::move(parsed).value();
}

}  // namespace

namespace {

void judge_version_1(const Policy& policy, const Claims& claims, Factors& factors) {
  const Rules& rules = policy.rules();
  const Found platform = text_or_nothing(claims.platform);
  add(factors, "platform", rules.platform, platform,
      CLAUSTRUM_GUARD("policy.platform", satisfied(rules.platform, platform)), "policy.platform",
      "use a platform that the policy names");
  const Found product = text_or_nothing(claims.product);
  add(factors, "product", rules.product, product,
      CLAUSTRUM_GUARD("policy.product", satisfied(rules.product, product)), "policy.product",
      "use a product that the policy names");
  const auto at = claims.measurements.find("measurement");
  const Found measurement =
      at == claims.measurements.end() ? Found() : text_or_nothing(codec::hex_encode(at->second));
  add(factors, "measurement", rules.measurement, measurement,
      CLAUSTRUM_GUARD("policy.measurement", satisfied(rules.measurement, measurement)),
      "policy.measurement", "another program was launched than the policy names; launch that one");
  const Found debug = Found(Json(claims.debug));
  add(factors, "debug", rules.debug, debug,
      CLAUSTRUM_GUARD("policy.debug", satisfied(rules.debug, debug)), "policy.debug",
      "the host can read a debug guest; launch it without debug");
  const Found migration = claims.migration ? Found(Json(*claims.migration)) : Found();
  add(factors, "migration", rules.migration, migration,
      CLAUSTRUM_GUARD("policy.migration", satisfied(rules.migration, migration)),
      "policy.migration", "launch the guest without a migration agent");
  const Found vmpl = claims.privilege_level ? Found(Json(*claims.privilege_level)) : Found();
  add(factors, "vmpl", rules.vmpl, vmpl,
      CLAUSTRUM_GUARD("policy.vmpl", satisfied(rules.vmpl, vmpl)), "policy.vmpl",
      "ask for the report at the privilege level that the policy names");
  const Found chip = text_or_nothing(codec::hex_encode(claims.hardware_id));
  add(factors, "chip-id", rules.chip_id, chip,
      CLAUSTRUM_GUARD("policy.chip_id", satisfied(rules.chip_id, chip)), "policy.chip_id",
      "use a machine of the policy's list");
  const auto product_rules = rules.tcb.find(claims.product);
  judge_tcb(rules.tcb_ignored, product_rules == rules.tcb.end() ? nullptr : &product_rules->second,
            claims, factors);
}

}  // namespace

void judge_claims(const Policy& policy, const Claims& claims, Instant now, Factors& factors) {
  judge_complete(policy, factors);
  if (policy.version() == 1) {
    judge_version_1(policy, claims, factors);
  } else {
    judge_platform(policy, claims, now, factors);
  }
}

void judge_init_data(const Policy& policy, const Claims& claims,
                     const std::optional<BytesView>& init_data, Factors& factors) {
  const Rules& rules = policy.rules();
  judge_digest_rule(rules, claims, factors);
  std::optional<InitData> bound;
  if (init_data) {
    bound = bound_init_data(claims, *init_data, factors);
  }
  if (!rules.init_data_fields) {
    return;
  }
  if (!init_data) {
    factors.fail("init-data-digest", "policy.init_data_absent", "launch data with the evidence",
                 "none was sent", "send the launch data along: the policy judges its leaves");
    return;
  }
  if (bound) {
    judge_leaves(*rules.init_data_fields, *bound, factors);
  }
}

void judge_simulated(const Policy& policy, const Claims& claims, Instant now, Factors& factors) {
  constexpr const char* kExpected = "a vendor's root";
  if (!claims.simulated) {
    factors.pass("simulated", kExpected, "a vendor's root");
    return;
  }
  const auto& roots = policy.simulated();
  const auto named = std::find_if(roots.begin(), roots.end(), [&](const SimulatedRoot& root) {
    return equal(root.spki_sha256, claims.root_spki_sha256) && now <= root.until;
  });
  if (!CLAUSTRUM_GUARD("policy.simulated", named != roots.end())) {
    factors.fail("simulated", "policy.simulated", kExpected, "simulated: no protection",
                 "use real hardware; only a policy for demonstrations names a simulated root");
    return;
  }
  factors.add({"simulated",
               FactorStatus::kWaived,
               kExpected,
               "simulated: no protection",
               named == roots.end() ? std::string() : named->reason,
               {}});
}

}  // namespace claustrum::policy
