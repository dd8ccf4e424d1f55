// SPDX-License-Identifier: Apache-2.0
// Single questions put to a report, each its own function: the text of a pass says what was found.
// Those down to `check_product` establish authenticity; the others judge signed claims.
#pragma once

#include "claustrum/evidence/snp/chain.h"

namespace claustrum::evidence::snp {

// Version 2..5 and the one signature algorithm: "snp.format.version", "snp.format.algorithm".
Result<std::string> check_format(const Report& report);
// SIGNING_KEY agrees with the certificate's kind and a signature was made at all:
// "snp.signing_key.masked", ".none", ".kind".
Result<std::string> check_signing_key(const Report& report, LeafKind kind);
// ECDSA P-384 with SHA-384 over the raw first 672 bytes: "snp.signature.invalid".
Result<std::string> check_signature(const Report& report, const crypto::PublicKey& key);
// Every SPL of the certificate equals REPORTED_TCB: "snp.tcb_binding.incomplete", ".mismatch".
Result<std::string> check_tcb_binding(const Report& report, const Chain& chain);
// VCEK: HWID equals CHIP_ID, the rest zero. VLEK: names its cloud, no chip. "snp.chip.*".
Result<std::string> check_chip_binding(const Report& report, const Chain& chain);
// The chain's product line is the one CPUID names (version 3 and later): "snp.product.mismatch".
Result<std::string> check_product(const Report& report, const Chain& chain);

// REPORTED <= COMMITTED <= CURRENT in every component, reserved components zero, committed firmware
// version at most the running one: "snp.tcb.order", "snp.tcb.reserved", "snp.tcb.version_order".
Result<std::string> check_tcb(const Report& report, TcbLayout layout);
Result<std::string> check_debug(const Report& report);      // "snp.debug.enabled"
Result<std::string> check_migration(const Report& report);  // "snp.migration.allowed", ".agent"
// "snp.guest_policy.reserved"; "snp.guest_policy.platform": firmware starts no guest whose policy
// the platform does not meet, so such a report is not its word.
Result<std::string> check_guest_policy(const Report& report);
// What the firmware copies from the ID block hangs together: "snp.id_block.author" (AUTHOR_KEY_EN
// and AUTHOR_KEY_DIGEST disagree), "snp.id_block.unsigned" (an author, FAMILY_ID, IMAGE_ID or
// GUEST_SVN without an ID key).
Result<std::string> check_id_block(const Report& report);
// A guest's report carries VMPL 0..3: "snp.vmpl.host", "snp.vmpl.range".
Result<std::string> check_vmpl(const Report& report);

}  // namespace claustrum::evidence::snp
