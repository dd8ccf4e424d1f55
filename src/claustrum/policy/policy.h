// SPDX-License-Identifier: Apache-2.0
// A policy: what an appraiser demands of evidence [docs/formats/policy.md]. Parsing refuses what it
// does not know; what a policy leaves out parses, and denies at appraisal ("policy.incomplete"), so
// that no forgotten line can ever widen it [ARCHITECTURE 1.1].
#pragma once

#include <map>
#include <set>

#include "claustrum/crypto/hash.h"
#include "claustrum/evidence/core/verification.h"
#include "claustrum/policy/platform_rules.h"

namespace claustrum::policy {

inline constexpr std::size_t kMaxPolicyLen = 64 << 10;

// Doing without one check, for a reason, until a date [ARCHITECTURE 1.3].
struct Waiver {
  std::string factor;
  std::string reason;
  Instant until;
};

// A simulator's root this policy names; the verdict says "simulated: no protection".
struct SimulatedRoot {
  Bytes spki_sha256;
  std::string reason;
  Instant until;
};

// The oldest collateral still taken, per issuer [PROTOCOL 3]. What is absent is not demanded, but
// without a date of its revocation list no issuer's list counts as current.
struct Floor {
  std::string issuer;  // hex SHA-256 of the SPKI: of a CRL's issuer; of the root for the others
  std::optional<Instant> crl_this_update;
  std::optional<std::int64_t> evaluation_number;  // edition of the vendor's lists (Intel)
  std::optional<Instant> tcb_date;                // when the platform's firmware was current
};

// Version 1: one rule a field; an absent one denies. Version 2 uses the launch data rules only.
struct Rules {
  std::optional<Rule> platform;
  std::optional<Rule> product;
  std::optional<Rule> measurement;
  std::optional<Rule> debug;
  std::optional<Rule> migration;
  std::optional<Rule> vmpl;
  std::optional<Rule> chip_id;
  std::optional<Ignore> tcb_ignored;  // tcb = { ignore = "reason" }
  ProductRules tcb;
  std::optional<Rule> init_data_digest;     // of the whole document
  std::optional<RuleMap> init_data_fields;  // leaf of claustrum.toml -> rule
};

class Policy {
 public:
  // Malformed "policy.unknown_member", "policy.rule", "policy.waiver", ...; a version other than 1
  // and 2 is unsupported "policy.version".
  static Result<Policy> parse(BytesView toml);

  const std::string& text() const { return text_; }
  const crypto::Sha256Digest& digest() const { return digest_; }
  int version() const { return version_; }
  const std::string& name() const { return name_; }
  const Rules& rules() const { return rules_; }
  const Platforms& platforms() const { return platforms_; }  // version 2
  const std::vector<Waiver>& waivers() const { return waivers_; }
  const std::vector<SimulatedRoot>& simulated() const { return simulated_; }
  const std::vector<Floor>& floor_list() const { return floors_; }
  const std::set<std::string, std::less<>>& forbid_not_offered() const {
    return forbid_not_offered_;
  }
  // Fields without a rule, by their name in the text. Empty: complete.
  std::vector<std::string> missing() const;

  // For VerifyInput: the simulated roots still valid at `now`, and the collateral floors.
  std::vector<evidence::TrustedRoot> trusted_roots(Instant now) const;
  evidence::Floors floors() const;

 private:
  friend class PolicyParser;
  Policy() = default;
  std::string text_;
  crypto::Sha256Digest digest_{};
  bool has_version_ = false;
  int version_ = 1;
  std::string name_;
  Rules rules_;
  Platforms platforms_;
  std::vector<Waiver> waivers_;
  std::vector<SimulatedRoot> simulated_;
  std::vector<Floor> floors_;
  std::set<std::string, std::less<>> forbid_not_offered_;
};

// Only these factors can be waived: facts a policy may judge. Everything that establishes that
// evidence is authentic, fresh and bound to the session is outside the list, on every platform.
bool is_waivable(std::string_view factor, int version);

}  // namespace claustrum::policy
