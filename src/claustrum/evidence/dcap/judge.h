// SPDX-License-Identifier: Apache-2.0
// What SGX and TDX quotes have in common, factor by factor: everything but the body's own claims.
// The platforms' verify functions decide on the whole; nothing here makes claims verified.
#pragma once

#include "claustrum/evidence/dcap/revocation.h"

namespace claustrum::evidence::dcap {

// In the order they are shown. Claims exist only when all of these pass.
inline constexpr std::string_view kAuthenticity[] = {
    "format",    "collateral", "root",       "chain",     "validity",
    "qe-vendor", "qe-report",  "qe-binding", "signature", "qe-identity"};
inline constexpr std::string_view kJudged[] = {"simulated",
                                               "collateral-signature",
                                               "collateral-validity",
                                               "revocation",
                                               "collateral-current",
                                               "tcb",
                                               "debug",
                                               "attributes"};

// One factor from one check. True when it passed.
bool record(Factors& factors, std::string_view id, Result<std::string> result, std::string expected,
            std::string advice);

struct Judged {
  std::optional<Chain> chain;       // set where its signatures hold up to a trusted root
  std::optional<Chain> unverified;  // as it came, for display
  TrustedRoot root;
  Documents documents;
  std::optional<Instant> tcb_date;  // the verifier's floor for this root
};

// All of kAuthenticity behind "format", then what collateral says.
Judged judge_quote(const VerifyInput& in, const Collateral& collateral, const Quote& quote,
                   Factors& factors);
// Every factor of kAuthenticity is there and passed.
bool authentic(const Factors& factors);
// Factor "tcb", and "tcb-date" where there is a floor; only for quotes that are authentic.
std::optional<TcbResult> judge_platform_tcb(const Judged& judged, const Quote& quote,
                                            Factors& factors);

}  // namespace claustrum::evidence::dcap
