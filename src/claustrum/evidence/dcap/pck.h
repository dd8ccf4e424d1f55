// SPDX-License-Identifier: Apache-2.0
// The PCK certificate: Intel's word on one platform at one TCB [Intel SGX PCK certificate and CRL
// profile specification]. The extension is read strictly; which chain it stands under is chain.h's
// business.
#pragma once

#include "claustrum/crypto/x509.h"
#include "claustrum/evidence/dcap/tcb_match.h"

namespace claustrum::evidence::dcap {

inline constexpr std::string_view kSgxExtensionOid = "1.2.840.113741.1.13.1";

enum class SgxType { kStandard = 0, kScalable = 1, kScalableWithIntegrity = 2 };

// Platform CA leaves only.
struct PckConfiguration {
  std::optional<bool> dynamic_platform;
  std::optional<bool> cached_keys;
  std::optional<bool> smt_enabled;
};

struct PckExtension {
  ByteArray<16> ppid{};
  PlatformTcb tcb;
  ByteArray<16> cpu_svn{};
  ByteArray<2> pce_id{};
  ByteArray<6> fmspc{};
  SgxType sgx_type = SgxType::kStandard;
  std::optional<ByteArray<16>> platform_instance_id;
  std::optional<PckConfiguration> configuration;
};

// `value` is the extension's contents (DER). Malformed "dcap.pck.extension": unknown, repeated or
// missing members are faults.
Result<PckExtension> parse_pck_extension(BytesView value);
// For simulators and tests.
Bytes serialize_pck_extension(const PckExtension& extension);

}  // namespace claustrum::evidence::dcap
