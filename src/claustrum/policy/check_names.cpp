// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "claustrum/policy/check_section.h"
#include "claustrum/policy/launch_rules.h"
#include "claustrum/policy/platform_facts.h"

namespace claustrum::policy {

namespace {

using codec::Json;
using Names = std::span<const std::string_view>;

class Findings {
 public:
  Findings(const std::string& platform, std::vector<Finding>& out)
      : prefix_("platform." + platform + "."), out_(out) {}
  void say(Weight weight, const char* id, const std::string& where, std::string text) {
    out_.push_back({weight, id, prefix_ + where, std::move(text)});
  }

 private:
  std::string prefix_;
  std::vector<Finding>& out_;
};

bool among(const Json& value, Names names) {
  return value.is_string() && std::ranges::find(names, value.string()) != names.end();
}

void check_words(Findings& out, const char* where, const std::optional<Rule>& rule, Names known,
                 const char* id) {
  if (!rule || known.empty()) {
    return;
  }
  for (const Json& value : values_of(*rule)) {
    if (!among(value, known)) {
      out.say(Weight::kUnreachable, id, where,
              "the vendor has no such word: " + describe_value(value));
    }
  }
}

void check_machines(Findings& out, const std::optional<Rule>& rule,
                    std::span<const std::size_t> lens) {
  if (!rule || lens.empty()) {
    return;
  }
  for (const Json& value : values_of(*rule)) {
    if (std::ranges::find(lens, value.string().size() / 2) == lens.end()) {
      out.say(Weight::kUnreachable, "wrong-length", "hardware-id",
              "no machine's id is as long as this one");
    }
  }
}

// "INTEL-SA-01036"
bool is_intel_advisory(std::string_view id) {
  constexpr std::string_view kPrefix = "INTEL-SA-";
  const std::string_view number = id.starts_with(kPrefix) ? id.substr(kPrefix.size()) : "";
  return number.size() == 5 &&
         std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
}

void check_advisory_ids(Findings& out, const PlatformFacts& facts, const PlatformRules& rules) {
  for (const AcceptedAdvisory& advisory : rules.advisories) {
    const std::string where = "advisory." + advisory.id;
    if (facts.standing == Attests::kNever) {
      out.say(Weight::kUnreachable, "never-attested", where,
              "this vendor signs no list of advisories; use floors");
    } else if (facts.known && !is_intel_advisory(advisory.id)) {
      out.say(Weight::kUnreachable, "unknown-advisory", where,
              "no advisory of Intel's is named so (INTEL-SA- and five digits)");
    }
  }
}

bool asks(const RuleMap& rules, std::string_view name) {
  const auto at = rules.find(name);
  return at != rules.end() && !std::holds_alternative<Ignore>(at->second);
}

// [evidence/sgx] A signer stands for all it ever signed, old and broken versions too.
void check_signer(Findings& out, const PlatformRules& rules) {
  if (asks(rules.measurements, "mr_enclave") || !asks(rules.measurements, "mr_signer")) {
    return;
  }
  if (!asks(rules.claims, "isv_prod_id")) {
    out.say(Weight::kDanger, "any-product-of-signer", "claims.isv_prod_id",
            "any enclave of this signer is taken: ask for its product");
  }
  if (!asks(rules.claims, "isv_svn")) {
    out.say(Weight::kDanger, "any-version-of-signer", "claims.isv_svn",
            "old versions with known holes are taken: ask for at-least");
  }
}

struct Attributes {
  std::string_view platform;
  std::string_view path;
};
constexpr Attributes kAttributes[] = {
    {"intel-sgx", "attributes"}, {"intel-tdx", "td_attributes"}, {"amd-sev-snp", "policy.raw"}};

void check_bits(Findings& out, const std::string& platform, const RuleMap& claims) {
  for (const auto& [path, rule] : claims) {
    const auto* bits = std::get_if<Bits>(&rule);
    std::string names;
    for (const std::string_view name :
         bits == nullptr ? std::vector<std::string_view>{} : free_names(*bits)) {
      names += (names.empty() ? "" : ", ") + std::string(name);
    }
    if (!names.empty()) {
      out.say(Weight::kNote, "free-bits", "claims." + path, "may be set or clear: " + names);
    }
  }
  for (const Attributes& field : kAttributes) {
    const bool split = asks(claims, "attributes_flags") || asks(claims, "policy");
    if (field.platform == platform && !asks(claims, field.path) && !split) {
      out.say(Weight::kNote, "attributes-open", "claims." + std::string(field.path),
              "no rule about its bits; only what the verifier itself demands holds");
    }
  }
}

}  // namespace

void check_names(const std::string& platform, const PlatformRules& rules,
                 std::vector<Finding>& out) {
  const PlatformFacts& facts = facts_of(platform);
  Findings findings(platform, out);
  check_words(findings, "product", rules.product, facts.products, "unknown-product");
  check_words(findings, "tcb-status", rules.tcb_status, facts.standings, "unknown-status");
  check_machines(findings, rules.hardware_id, facts.hardware_id_lens);
  check_advisory_ids(findings, facts, rules);
  for (const auto& [name, rule] : rules.measurements) {
    const bool known = facts.measurements.empty() ||
                       std::ranges::find(facts.measurements, name) != facts.measurements.end();
    if (!known && !std::holds_alternative<Ignore>(rule)) {
      findings.say(Weight::kUnreachable, "unknown-measurement", "measurements." + name,
                   "this platform has no measurement of this name");
    }
  }
}

void check_identity(const std::string& platform, const PlatformRules& rules,
                    std::vector<Finding>& out) {
  Findings findings(platform, out);
  const std::string open = open_program(platform, rules);
  if (!open.empty()) {
    findings.say(Weight::kUnreachable, "program-open", "measurements",
                 "nothing but ignore for " + open + ": denies, because any program would do");
  }
  if (platform == "intel-sgx") {
    check_signer(findings, rules);
  }
  check_bits(findings, platform, rules.claims);
}

}  // namespace claustrum::policy
