// SPDX-License-Identifier: Apache-2.0
// The collateral of a simulated Intel: TCB Info, QE identity and CRLs for one platform, signed by
// an IntelAuthority over their exact bytes and under the names that case.json uses [Intel PCS API;
// shared evidence catalogue]. Documents are written from the very structs that the verifier reads
// them into; what those cannot say, a test changes in the JSON and signs again.
#pragma once

#include "claustrum/evidence/dcap/tcb_info.h"
#include "claustrum/simulator/intel_platform.h"

namespace claustrum::simulator {

// Everything the collateral says; each field may be wrong on purpose.
struct IntelCollateralSpec {
  IntelAuthority::Signer pck_ca = IntelAuthority::Signer::kPlatformCa;
  evidence::dcap::TcbInfo tcb_info;
  evidence::dcap::QeIdentity qe_identity;
  Instant crl_this_update;
  Instant crl_next_update;
  std::vector<Bytes> revoked_pck;      // serials in the PCK CA's CRL
  std::vector<Bytes> revoked_by_root;  // serials in the root's CRL
};

// For quotes of that TEE by that platform. TCB Info of version 3: the platform is at the newest of
// three levels, and so are its QE and its TDX module; the older ones are OutOfDate. Valid for
// Intel's 30 days.
IntelCollateralSpec intel_collateral_spec(const IntelPlatform& platform, evidence::dcap::Tee tee,
                                          Instant issued);

// The documents as JSON with Intel's member names, in Intel's order.
codec::Json tcb_info_document(const evidence::dcap::TcbInfo& info);  // version 2 or 3
codec::Json qe_identity_document(const evidence::dcap::QeIdentity& identity);

// Sets `name` ("tcb_info", "qe_identity") and its signature.
void sign_document(evidence::Collateral& collateral, const std::string& name, Bytes document,
                   const crypto::PrivateKey& key);

Result<evidence::Collateral> make_intel_collateral(const IntelAuthority& authority,
                                                   const IntelCollateralSpec& spec);

}  // namespace claustrum::simulator
