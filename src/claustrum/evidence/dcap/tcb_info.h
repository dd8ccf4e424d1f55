// SPDX-License-Identifier: Apache-2.0
// TCB Info: Intel's signed list of platform security versions and what each is worth [Intel PCS
// API, "Get TCB Info" v2 to v4; docs in facts of version 2 and 3]. Parsed strictly, because an
// array one component short, or a status nobody knows, would widen what matches.
#pragma once

#include <array>
#include <optional>

#include "claustrum/base/clock.h"
#include "claustrum/codec/json.h"

namespace claustrum::evidence::dcap {

inline constexpr std::size_t kMaxTcbInfoLen = 256 << 10;
inline constexpr std::int64_t kMaxEvaluationNumber = 0x7fffffff;

inline constexpr std::string_view kIdSgx = "SGX";
inline constexpr std::string_view kIdTdx = "TDX";
inline constexpr std::string_view kIdQe = "QE";
inline constexpr std::string_view kIdTdQe = "TD_QE";

enum class TcbStatus {
  kUpToDate,
  kSwHardeningNeeded,
  kConfigurationNeeded,
  kConfigurationAndSwHardeningNeeded,
  kOutOfDate,
  kOutOfDateConfigurationNeeded,
  kRevoked,
  // Results of a relaunch evaluation only (TD 1.5); never read from a document.
  kTdRelaunchAdvised,
  kTdRelaunchAdvisedConfigurationNeeded,
};
std::string_view to_string(TcbStatus status);  // Intel's spelling: "UpToDate", ...
// Malformed "dcap.tcb_status" for any other text: an unknown status fails closed.
Result<TcbStatus> parse_tcb_status(std::string_view text);

using Components = std::array<std::uint8_t, 16>;

struct TcbLevel {
  Components sgx{};
  std::uint16_t pce_svn = 0;
  std::optional<Components> tdx;  // only in a TDX document
  Instant date;
  TcbStatus status = TcbStatus::kRevoked;
  std::vector<std::string> advisories;
};

// A level of a module or of an enclave identity: one security version.
struct SvnLevel {
  std::uint16_t isv_svn = 0;
  Instant date;
  TcbStatus status = TcbStatus::kRevoked;
  std::vector<std::string> advisories;
};

struct TdxModule {
  ByteArray<48> mr_signer{};
  std::uint64_t attributes = 0;  // as SEAMATTRIBUTES: memory order, little-endian
  std::uint64_t attributes_mask = 0;
};

struct TdxModuleIdentity {
  std::string id;  // "TDX_01", as spelled in the document
  TdxModule module;
  std::vector<SvnLevel> levels;  // newest first
};

struct TcbInfo {
  std::string id;  // "SGX" or "TDX"; version 2 has none and is "SGX"
  std::int64_t version = 0;
  Instant issue_date;
  Instant next_update;
  ByteArray<6> fmspc{};
  ByteArray<2> pce_id{};
  std::int64_t evaluation_data_number = 0;
  std::optional<TdxModule> tdx_module;
  std::vector<TdxModuleIdentity> tdx_module_identities;
  std::vector<TcbLevel> levels;  // in the order they are walked: newest first
};

// The exact signed bytes (the inner object). Malformed "dcap.tcb_info" or "dcap.tcb_status";
// unsupported "dcap.tcb_info_version", "dcap.tcb_type". Members nobody asked for are passed over:
// Intel adds some and signs them all. Levels are re-sorted descending as Intel's library does (SGX
// components lexicographically, PCESVN, TDX components), so that a document's order cannot decide
// a match.
Result<TcbInfo> parse_tcb_info(BytesView json);
// By id in either letter case; nullptr when the document has none.
const TdxModuleIdentity* find_module(const TcbInfo& info, std::string_view id);

struct QeIdentity {
  std::string id;  // "QE", "TD_QE"; also "QVE", "QAE", which no quote is matched with
  std::int64_t version = 0;
  Instant issue_date;
  Instant next_update;
  std::int64_t evaluation_data_number = 0;
  std::uint32_t misc_select = 0;  // as MISCSELECT
  std::uint32_t misc_select_mask = 0;
  ByteArray<16> attributes{};
  ByteArray<16> attributes_mask{};
  ByteArray<32> mr_signer{};
  std::uint16_t isv_prod_id = 0;
  std::vector<SvnLevel> levels;  // newest first
};

// Malformed "dcap.qe_identity" or "dcap.tcb_status"; unsupported "dcap.qe_identity_version".
Result<QeIdentity> parse_qe_identity(BytesView json);

}  // namespace claustrum::evidence::dcap
