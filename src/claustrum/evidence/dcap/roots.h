// SPDX-License-Identifier: Apache-2.0
// Intel's provisioning root by its public key. Two editions of the certificate share the key, and
// Intel's sandbox root has the same name and another key, so neither certificate bytes nor names
// are compared.
#pragma once

#include "claustrum/evidence/core/verification.h"

namespace claustrum::evidence::dcap {

std::span<const TrustedRoot> intel_roots();
// Intel's pin first, then the roots a caller names (simulated ones among them).
std::optional<TrustedRoot> find_root(BytesView spki_sha256, std::span<const TrustedRoot> extra);

}  // namespace claustrum::evidence::dcap
