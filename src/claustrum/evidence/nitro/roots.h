// SPDX-License-Identifier: Apache-2.0
// The root key of AWS Nitro attestation, pinned by the SHA-256 of its SubjectPublicKeyInfo. The
// document brings its own root certificate, which proves nothing; the pin does. The GovCloud
// and China partitions have other roots, under other names, which are not spoken here.
#pragma once

#include <span>

#include "claustrum/evidence/core/verification.h"

namespace claustrum::evidence::nitro {

std::span<const TrustedRoot> aws_roots();

// AWS's pin first, so that no caller can relabel it. nullopt: not trusted.
std::optional<TrustedRoot> find_root(BytesView spki_sha256, std::span<const TrustedRoot> extra);

}  // namespace claustrum::evidence::nitro
