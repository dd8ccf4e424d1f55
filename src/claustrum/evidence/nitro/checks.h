// SPDX-License-Identifier: Apache-2.0
// Single questions put to a document, each its own function: the text of a pass says what was
// found. All but `check_debug` establish authenticity. Guards against documents that are genuine
// but of another kind, another instance or another moment than they are taken for.
#pragma once

#include "claustrum/evidence/nitro/chain.h"

namespace claustrum::evidence::nitro {

// ES384 alone in the protected header, nothing beside it, SHA384, no member we do not know:
// "nitro.format.algorithm", ".protected", ".unprotected", ".digest", ".unknown_member".
Result<std::string> check_format(const Document& document);
// Register map and module_id both of the kind asked for: "nitro.platform.kind", ".module_id".
Result<std::string> check_platform(const Document& document, Kind wanted);
// "nitro.signature.invalid".
Result<std::string> check_signature(const Document& document, const crypto::PublicKey& key);
// module_id, instance and region as the certificates' names and the leaf's serial have them:
// "nitro.identity.leaf_name", ".instance_name", ".region", ".serial".
Result<std::string> check_identity(const Document& document, const Chain& chain);
// Register lengths, presence, and PCR4 of an enclave: "nitro.registers.length", ".missing",
// ".instance".
Result<std::string> check_registers(const Document& document);
// The document's own time within its leaf's validity and not ahead of `now`:
// "nitro.timestamp.leaf", ".future". Says nothing about freshness.
Result<std::string> check_timestamp(const Document& document, const crypto::Certificate& leaf,
                                    Instant now);

// PCR0, 1 or 2 all zero: what an enclave in debug mode has. A NitroTPM has no such mode.
bool is_debug(const Document& document);
Result<std::string> check_debug(const Document& document);  // "nitro.debug.enabled"

// "us-east-1" of CN=<module_id>.us-east-1.aws; empty where the name has another form.
std::string region_of(const Document& document, const crypto::Certificate& leaf);
Instant time_of(const Document& document);

}  // namespace claustrum::evidence::nitro
