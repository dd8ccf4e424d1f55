// SPDX-License-Identifier: Apache-2.0
// Hand-made TCB Info and enclave identities for the tests of this folder, and a way to change one
// member of them.
#pragma once

#include "claustrum/evidence/dcap/tcb_match.h"

namespace claustrum::evidence::dcap {

// `svn` in every component of an array as version 3 writes it.
codec::Json components_json(const Components& svns);
Components filled(std::uint8_t svn);

// Three levels: 30/13/(7,1,7...) UpToDate, 20/11/(5,1,5...) SWHardeningNeeded (SGX) or OutOfDate
// (TDX), 10/5/(0...) OutOfDate with two advisories. TDX: modules TDX_01 (9 UpToDate, 4 OutOfDate)
// and TDX_03 (2 UpToDate).
codec::Json sgx_info_json();
codec::Json tdx_info_json();
codec::Json sgx_info_v2_json();
// Levels 8 UpToDate, 6 OutOfDate with one advisory, 5 Revoked.
codec::Json qe_identity_json(bool tdx);

// `path` is member names and array indices with slashes between; a copy with that value there.
codec::Json with(const codec::Json& root, std::string_view path, codec::Json value);
const codec::Json& at(const codec::Json& root, std::string_view path);
codec::Json without(const codec::Json& root, std::string_view path);
// Every path to a value below `root`.
std::vector<std::string> paths_of(const codec::Json& root);

}  // namespace claustrum::evidence::dcap
