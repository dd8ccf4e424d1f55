// SPDX-License-Identifier: Apache-2.0
// AMD's root keys, one a product line, pinned by the SHA-256 of their SubjectPublicKeyInfo. Names
// prove nothing (anyone can make a certificate called ARK-Milan); the key does. Any further root
// must be named by the caller.
#pragma once

#include <span>

#include "claustrum/evidence/core/verification.h"

namespace claustrum::evidence::snp {

// ARK-Milan, ARK-Genoa, ARK-Turin.
std::span<const TrustedRoot> amd_roots();

// AMD's pins first, so that no caller can relabel one of them. nullopt: not trusted.
std::optional<TrustedRoot> find_root(BytesView spki_sha256, std::span<const TrustedRoot> extra);

}  // namespace claustrum::evidence::snp
