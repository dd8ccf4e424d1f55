// SPDX-License-Identifier: Apache-2.0
// For tests: which field of a quote every byte belongs to and what must speak against a change in
// it, and which collateral decides what. For the tests of evidence/sgx and evidence/tdx.
#pragma once

#include "claustrum/evidence/core/test_sweep.h"
#include "claustrum/evidence/dcap/test_cases.h"

namespace claustrum::evidence::dcap {

// Every field of the quote, padding included, from first byte to last.
std::vector<SweepField> quote_fields(const Quote& quote);
// Quote and collateral of every real case that is authentic. What the parts name must hold.
void sweep_cases(std::string_view platform, const Verify& verify);
// The same for simulated quotes of these forms.
void sweep_simulated(std::initializer_list<simulator::QuoteForm> forms, const Verify& verify);

}  // namespace claustrum::evidence::dcap
