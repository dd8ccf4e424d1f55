// SPDX-License-Identifier: Apache-2.0
// The AMD extensions of a VCEK or VLEK certificate [AMD 57230, arc 1.3.6.1.4.1.3704.1]. They say
// which chip (HWID) or cloud (CSP_ID) and which firmware levels (SPLs) the key stands for. HWID is
// raw bytes without an inner DER element, so its first byte must never be read as a tag. Unknown
// extensions of the arc are passed over: AMD added .3.9 for Turin.
#pragma once

#include <optional>

#include "claustrum/codec/json.h"
#include "claustrum/crypto/x509.h"
#include "claustrum/evidence/snp/format.h"

namespace claustrum::evidence::snp {

inline constexpr std::size_t kHwidLen = 64;
inline constexpr std::size_t kTurinHwidLen = 8;

struct VekExtensions {
  std::uint64_t struct_version = 0;
  std::string product_name;  // "Milan-B0", "Genoa", "Turin"
  std::optional<std::uint8_t> fmc;
  std::optional<std::uint8_t> bootloader;
  std::optional<std::uint8_t> tee;
  std::optional<std::uint8_t> snp;
  std::optional<std::uint8_t> microcode;
  std::array<std::optional<std::uint8_t>, 4> reserved;  // SPL 4..7
  std::optional<Bytes> hwid;                            // 64 bytes, Turin 8
  std::optional<std::string> csp_id;

  // "Milan" of "Milan-B0".
  std::string_view product() const;
};

// Malformed "snp.vek.extension" when one is there but not of its form. Absence is judged later.
Result<VekExtensions> parse_vek_extensions(const crypto::Certificate& certificate);
// Vendor's names; what is absent is left out.
codec::Json to_json(const VekExtensions& extensions);

}  // namespace claustrum::evidence::snp
