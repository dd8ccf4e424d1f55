// SPDX-License-Identifier: Apache-2.0
// The bodies that Intel's quotes sign: the SGX report (384 bytes, also the quoting enclave's own)
// and the TD report (584 bytes; 648 with TDX 1.5; 885 with partitioning) [Intel SGX PCK and DCAP
// ECDSA quote library API, appendix A; Intel TDX DCAP quoting library API, appendix A.3]. Shape
// only: nothing read here is authentic before a quote's signatures were verified.
#pragma once

#include <optional>
#include <variant>

#include "claustrum/base/reader.h"

namespace claustrum::evidence::dcap {

inline constexpr std::size_t kSgxBodyLen = 384;
inline constexpr std::size_t kTd10BodyLen = 584;
inline constexpr std::size_t kTd15BodyLen = 648;
inline constexpr std::size_t kTd15ExBodyLen = 885;

// SGX ATTRIBUTES.flags.
inline constexpr std::uint64_t kSgxInit = 0x01;
inline constexpr std::uint64_t kSgxDebug = 0x02;
inline constexpr std::uint64_t kSgxProvisionKey = 0x10;

// TDATTRIBUTES.
inline constexpr std::uint64_t kTdDebug = 1;
inline constexpr std::uint64_t kTdUntrustedMask = 0xff;  // bits 0..7: debug and profiling
inline constexpr std::uint64_t kTdSeptVeDisable = std::uint64_t{1} << 28;
inline constexpr std::uint64_t kTdMigratable = std::uint64_t{1} << 29;

struct SgxReportBody {
  ByteArray<16> cpu_svn{};
  std::uint32_t misc_select = 0;
  ByteArray<12> reserved1{};
  ByteArray<16> isv_ext_prod_id{};
  ByteArray<16> attributes{};  // flags (u64 LE) || xfrm (u64 LE)
  ByteArray<32> mr_enclave{};
  ByteArray<32> reserved2{};
  ByteArray<32> mr_signer{};
  ByteArray<32> reserved3{};
  ByteArray<64> config_id{};
  std::uint16_t isv_prod_id = 0;
  std::uint16_t isv_svn = 0;
  std::uint16_t config_svn = 0;
  ByteArray<42> reserved4{};
  ByteArray<16> isv_family_id{};
  ByteArray<64> report_data{};

  std::uint64_t flags() const;
  std::uint64_t xfrm() const;
};

// What a TDX 1.5 module adds.
struct Td15Part {
  ByteArray<16> tee_tcb_svn_2{};
  ByteArray<48> mr_service_td{};
};

// What TD partitioning adds (Intel headers of 2026).
struct Td15ExPart {
  std::uint8_t vm_id = 0;
  ByteArray<32> td_id{};
  ByteArray<48> dev_info_hash{};
  ByteArray<48> init_servtd_hash{};
  std::uint64_t init_servtd_attr = 0;
  ByteArray<16> init_cpu_svn{};
  ByteArray<16> init_tee_tcb_svn{};
  ByteArray<12> init_tee_fmspc{};
  ByteArray<48> cur_servtd_hash{};
  std::uint64_t cur_servtd_attr = 0;
};

struct TdReportBody {
  ByteArray<16> tee_tcb_svn{};  // [0] module SVN, [1] module version, [2] SEAM loader/microcode
  ByteArray<48> mr_seam{};
  ByteArray<48> mr_signer_seam{};
  std::uint64_t seam_attributes = 0;
  std::uint64_t td_attributes = 0;
  std::uint64_t xfam = 0;
  ByteArray<48> mr_td{};
  ByteArray<48> mr_config_id{};
  ByteArray<48> mr_owner{};
  ByteArray<48> mr_owner_config{};
  std::array<ByteArray<48>, 4> rtmr{};
  ByteArray<64> report_data{};
  std::optional<Td15Part> td15;
  std::optional<Td15ExPart> td15ex;  // only beside td15
};

// Read exactly one body; a short reader is left failed (ByteReader's sticky fault). Reserved ranges
// are kept, not judged: real firmware decides later what they mean, and they are signed.
SgxReportBody read_sgx_report_body(ByteReader& reader);
// `body_len` is one of the three TD lengths (checked bug otherwise).
TdReportBody read_td_report_body(ByteReader& reader, std::size_t body_len);

// The same bytes again, for simulators and tests; the length is the body's own.
Bytes serialize(const SgxReportBody& body);
Bytes serialize(const TdReportBody& body);

}  // namespace claustrum::evidence::dcap
