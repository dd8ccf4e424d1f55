// SPDX-License-Identifier: Apache-2.0
// Judging verified evidence by a policy [ARCHITECTURE 3A, PROTOCOL 4]. All findings are given, not
// the first. An Appraisal can only come out of appraise(), so code that releases keys asks for a
// `const Appraisal&` and cannot be handed a verdict made elsewhere.
#pragma once

#include "claustrum/policy/init_data.h"
#include "claustrum/policy/policy.h"

namespace claustrum::policy {

struct AppraisalInput {
  const evidence::Verification* verification = nullptr;  // nullptr: nothing could be verified
  Instant now;
  std::optional<BytesView> init_data;  // as delivered with the evidence
  evidence::Factors more;              // established by the caller: binding, keys, ledger, ...
};

// A waiver that was used.
struct UsedWaiver {
  std::string factor;
  std::string reason;
  Instant until;
};

class Appraisal {
 public:
  bool accepted() const { return accepted_; }
  // Signed under a simulator's root: no protection, whatever accepted() says.
  bool simulated() const { return simulated_; }
  bool malformed() const { return malformed_; }
  bool unsupported() const { return unsupported_; }
  const std::string& platform() const { return platform_; }
  const evidence::Factors& factors() const { return factors_; }
  // The first factor that does not hold; nullptr when accepted.
  const evidence::Factor* first_failed() const;
  // nullptr when the evidence is not authentic.
  const evidence::Claims* claims() const { return claims_ ? &**claims_ : nullptr; }
  const std::vector<UsedWaiver>& waivers() const { return waivers_; }
  const crypto::Sha256Digest& policy_digest() const { return policy_digest_; }
  Instant time() const { return time_; }

 private:
  friend class Appraiser;
  Appraisal() = default;
  bool accepted_ = false;
  bool simulated_ = false;
  bool malformed_ = false;
  bool unsupported_ = false;
  std::string platform_;
  evidence::Factors factors_;
  std::optional<evidence::Verified<evidence::Claims>> claims_;
  std::vector<UsedWaiver> waivers_;
  crypto::Sha256Digest policy_digest_{};
  Instant time_;
};

Appraisal appraise(const Policy& policy, const AppraisalInput& input);

}  // namespace claustrum::policy
