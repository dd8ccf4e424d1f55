// SPDX-License-Identifier: Apache-2.0
// The SEV-SNP attestation report [SEV-SNP firmware ABI 56860, MSG_REPORT_RSP]. Fields never moved
// between versions, so parsing goes by offset; the raw bytes are kept because the signature is over
// them and re-encoding would hide bytes we do not know. All integers are little-endian.
//
// offset size field                            offset size field
// 0x000     4 VERSION                          0x160    32 REPORT_ID_MA
// 0x004     4 GUEST_SVN                        0x180     8 REPORTED_TCB
// 0x008     8 POLICY                           0x188     3 CPUID family, model, stepping (v3+)
// 0x010    16 FAMILY_ID                        0x18B    21 reserved (v2: 24 from 0x188)
// 0x020    16 IMAGE_ID                         0x1A0    64 CHIP_ID
// 0x030     4 VMPL                             0x1E0     8 COMMITTED_TCB
// 0x034     4 SIGNATURE_ALGO                   0x1E8     4 current build, minor, major, reserved
// 0x038     8 CURRENT_TCB                      0x1EC     4 committed build, minor, major, reserved
// 0x040     8 PLATFORM_INFO                    0x1F0     8 LAUNCH_TCB
// 0x048     4 AUTHOR_KEY_EN, MASK_CHIP_KEY,    0x1F8     8 LAUNCH_MIT_VECTOR (v5)
//             SIGNING_KEY                      0x200     8 CURRENT_MIT_VECTOR (v5)
// 0x04C     4 reserved                         0x208   152 reserved (v2..v4: from 0x1F8)
// 0x050    64 REPORT_DATA                      0x2A0    72 R, little-endian, 48 significant
// 0x090    48 MEASUREMENT                      0x2E8    72 S
// 0x0C0    32 HOST_DATA                        0x330   368 reserved
// 0x0E0    48 ID_KEY_DIGEST
// 0x110    48 AUTHOR_KEY_DIGEST
// 0x140    32 REPORT_ID
#pragma once

#include <optional>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::evidence::snp {

inline constexpr std::size_t kReportLen = 1184;
inline constexpr std::size_t kSignedLen = 0x2A0;
// Response buffer of /dev/sev-guest: {status, report size, 24 reserved bytes, report, rest}.
inline constexpr std::size_t kIoctlResponseLen = 4000;
inline constexpr std::size_t kIoctlHeaderLen = 32;

inline constexpr std::uint32_t kMinVersion = 2;
inline constexpr std::uint32_t kMaxVersion = 5;
inline constexpr std::uint32_t kAlgoEcdsaP384Sha384 = 1;
inline constexpr std::uint32_t kHostVmpl = 0xFFFFFFFF;

// Bits of POLICY.
inline constexpr std::uint64_t kPolicySmt = 1ULL << 16;
inline constexpr std::uint64_t kPolicyReserved17 = 1ULL << 17;
inline constexpr std::uint64_t kPolicyMigrateMa = 1ULL << 18;
inline constexpr std::uint64_t kPolicyDebug = 1ULL << 19;
inline constexpr std::uint64_t kPolicySingleSocket = 1ULL << 20;
inline constexpr std::uint64_t kPolicyCxlAllow = 1ULL << 21;
inline constexpr std::uint64_t kPolicyAes256Xts = 1ULL << 22;
inline constexpr std::uint64_t kPolicyRaplDis = 1ULL << 23;
inline constexpr std::uint64_t kPolicyCiphertextHiding = 1ULL << 24;
inline constexpr std::uint64_t kPolicyPageSwapDisable = 1ULL << 25;
inline constexpr std::uint64_t kPolicyKnownBits = (1ULL << 26) - 1;

// Bits of PLATFORM_INFO that a guest policy may demand (or, SMT, forbid).
inline constexpr std::uint64_t kPlatformSmt = 1ULL << 0;
inline constexpr std::uint64_t kPlatformRaplDis = 1ULL << 3;
inline constexpr std::uint64_t kPlatformCiphertextHiding = 1ULL << 4;

// Bits 4:2 of the flags at 0x48.
enum class SigningKey : std::uint32_t { kVcek = 0, kVlek = 1, kNone = 7 };

enum class TcbLayout { kMilan, kTurin };  // kMilan: Milan and Genoa

using TcbRaw = ByteArray<8>;

struct Tcb {
  std::uint8_t fmc = 0;  // Turin only
  std::uint8_t bootloader = 0;
  std::uint8_t tee = 0;
  std::uint8_t snp = 0;
  std::uint8_t microcode = 0;
  ByteArray<4> reserved{};  // SPL 4..7; Turin has 5..7 only
  bool operator==(const Tcb&) const = default;
};

Tcb decode_tcb(const TcbRaw& raw, TcbLayout layout);
TcbRaw encode_tcb(const Tcb& tcb, TcbLayout layout);
// Every component of `a` at most that of `b`. Never as one integer: the bytes do not rank.
bool tcb_at_most(const TcbRaw& a, const TcbRaw& b);

struct FirmwareVersion {
  std::uint8_t build = 0;
  std::uint8_t minor = 0;
  std::uint8_t major = 0;
  bool operator==(const FirmwareVersion&) const = default;
};

// Unverified: shape only.
struct Report {
  std::uint32_t version = kMinVersion;
  std::uint32_t guest_svn = 0;
  std::uint64_t policy = kPolicyReserved17 | kPolicySmt;
  ByteArray<16> family_id{};
  ByteArray<16> image_id{};
  std::uint32_t vmpl = 0;
  std::uint32_t signature_algo = kAlgoEcdsaP384Sha384;
  TcbRaw current_tcb{};
  std::uint64_t platform_info = 0;
  std::uint32_t flags = 0;
  ByteArray<64> report_data{};
  ByteArray<48> measurement{};
  ByteArray<32> host_data{};
  ByteArray<48> id_key_digest{};
  ByteArray<48> author_key_digest{};
  ByteArray<32> report_id{};
  ByteArray<32> report_id_ma{};
  TcbRaw reported_tcb{};
  std::uint8_t cpuid_family = 0;  // v3+: zero before
  std::uint8_t cpuid_model = 0;
  std::uint8_t cpuid_stepping = 0;
  ByteArray<64> chip_id{};
  TcbRaw committed_tcb{};
  FirmwareVersion current_version;
  FirmwareVersion committed_version;
  TcbRaw launch_tcb{};
  std::uint64_t launch_mit_vector = 0;  // v5+: zero before
  std::uint64_t current_mit_vector = 0;
  ByteArray<96> signature{};  // r || s, big-endian
  Bytes raw;                  // the 1184 bytes as received; not read by encode_report

  bool has_cpuid() const { return version >= 3; }
  bool has_mit_vectors() const { return version >= 5; }
  bool has_author_key() const { return (flags & 1U) != 0; }
  bool masks_chip_key() const { return (flags & 2U) != 0; }
  std::uint32_t signing_key() const { return flags >> 2 & 7U; }
  // MASK_CHIP_ID, or signed by a VLEK.
  bool chip_id_masked() const { return all_zero(chip_id); }
  BytesView signed_bytes() const { return BytesView(raw).first(kSignedLen); }
};

// 1184 bytes, or a 4000-byte ioctl response (its bytes behind the report are the kernel's buffer,
// no part of any message, and are not looked at). Malformed "snp.report.length",
// "snp.report.ioctl", "snp.report.layout" (a reserved byte of a known version is not zero).
// Versions outside 2..5 parse so that a refusal can show them; reserved bytes are theirs.
Result<Report> parse_report(BytesView evidence);
// The mirror, without reserved bytes; for simulated machines and round trips.
Bytes encode_report(const Report& report);

// Product line by CPUID: "Milan", "Genoa" (with Bergamo and Siena), "Turin", "Venice", "unknown".
std::string_view product_of_cpuid(std::uint8_t family, std::uint8_t model);
// From the report alone, unverified. Before version 3 only the form of the chip id tells anything.
std::string product_inferred(const Report& report);
// Layout of the TCB fields as the report alone suggests it.
TcbLayout layout_inferred(const Report& report);
TcbLayout layout_of_product(std::string_view product);

}  // namespace claustrum::evidence::snp
