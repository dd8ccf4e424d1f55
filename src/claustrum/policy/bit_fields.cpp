// SPDX-License-Identifier: Apache-2.0
// The vendors' names of bits [Intel SDM volume 3D, ATTRIBUTES, MISCSELECT; volume 1, XCR0; Intel
// TDX module ABI, ATTRIBUTES, XFAM; AMD 56860, GUEST_POLICY, PLATFORM_INFO]. Bits without a name
// here are named by number.
#include "claustrum/policy/bits.h"

namespace claustrum::policy {

namespace {

constexpr BitName kSgxFlags[] = {{"INIT", 0},          {"DEBUG", 1},          {"MODE64BIT", 2},
                                 {"PROVISION_KEY", 4}, {"EINITTOKEN_KEY", 5}, {"CET", 6},
                                 {"KSS", 7},           {"AEXNOTIFY", 10}};

constexpr BitName kStates[] = {{"X87", 0},    {"SSE", 1},      {"AVX", 2},       {"BNDREGS", 3},
                               {"BNDCSR", 4}, {"OPMASK", 5},   {"ZMM_HI256", 6}, {"HI16_ZMM", 7},
                               {"PT", 8},     {"PKRU", 9},     {"PASID", 10},    {"CET_U", 11},
                               {"CET_S", 12}, {"HDC", 13},     {"UINTR", 14},    {"LBR", 15},
                               {"HWP", 16},   {"TILECFG", 17}, {"TILEDATA", 18}};

// Flags and, from bit 64 on, XFRM.
constexpr BitName kSgxAttributes[] = {{"INIT", 0},
                                      {"DEBUG", 1},
                                      {"MODE64BIT", 2},
                                      {"PROVISION_KEY", 4},
                                      {"EINITTOKEN_KEY", 5},
                                      {"CET", 6},
                                      {"KSS", 7},
                                      {"AEXNOTIFY", 10},
                                      {"XFRM.X87", 64},
                                      {"XFRM.SSE", 65},
                                      {"XFRM.AVX", 66},
                                      {"XFRM.OPMASK", 69},
                                      {"XFRM.ZMM_HI256", 70},
                                      {"XFRM.HI16_ZMM", 71},
                                      {"XFRM.PKRU", 73},
                                      {"XFRM.TILECFG", 81},
                                      {"XFRM.TILEDATA", 82}};

constexpr BitName kMiscSelect[] = {{"EXINFO", 0}, {"CPINFO", 1}};

constexpr BitName kTdAttributes[] = {
    {"DEBUG", 0},       {"HGS_PLUS_PROF", 4}, {"PERF_PROF", 5}, {"PMT_PROF", 6},
    {"ICSSD", 16},      {"SERVTD_EXT", 17},   {"LASS", 27},     {"SEPT_VE_DISABLE", 28},
    {"MIGRATABLE", 29}, {"PKS", 30},          {"KL", 31},       {"TPA", 62},
    {"PERFMON", 63}};

constexpr BitName kGuestPolicy[] = {
    {"SMT", 16},           {"MIGRATE_MA", 18},        {"DEBUG", 19},
    {"SINGLE_SOCKET", 20}, {"CXL_ALLOW", 21},         {"MEM_AES_256_XTS", 22},
    {"RAPL_DIS", 23},      {"CIPHERTEXT_HIDING", 24}, {"PAGE_SWAP_DISABLE", 25}};

constexpr BitName kPlatformInfo[] = {
    {"SMT_EN", 0},   {"TSME_EN", 1},           {"ECC_EN", 2},
    {"RAPL_DIS", 3}, {"CIPHERTEXT_HIDING", 4}, {"ALIAS_CHECK_COMPLETE", 5},
    {"TIO_EN", 7}};

constexpr BitName kReportFlags[] = {{"AUTHOR_KEY_EN", 0}, {"MASK_CHIP_KEY", 1}};

constexpr std::string_view kSnp = "amd-sev-snp";
constexpr std::string_view kSgx = "intel-sgx";
constexpr std::string_view kTdx = "intel-tdx";

constexpr BitField kFields[] = {
    {kSgx, "attributes", BitSpelling::kMemory, 16, kSgxAttributes},
    {kSgx, "attributes_flags", BitSpelling::kDigits, 8, kSgxFlags},
    {kSgx, "xfrm", BitSpelling::kDigits, 8, kStates},
    {kSgx, "misc_select", BitSpelling::kInteger, 4, kMiscSelect},
    {kSgx, "qe_report.attributes", BitSpelling::kMemory, 16, kSgxAttributes},
    {kTdx, "td_attributes", BitSpelling::kMemory, 8, kTdAttributes},
    {kTdx, "xfam", BitSpelling::kMemory, 8, kStates},
    {kTdx, "seam_attributes", BitSpelling::kMemory, 8, {}},
    {kTdx, "qe_report.attributes", BitSpelling::kMemory, 16, kSgxAttributes},
    {kSnp, "policy.raw", BitSpelling::kPrefixed, 8, kGuestPolicy},
    {kSnp, "platform_info.raw", BitSpelling::kPrefixed, 8, kPlatformInfo},
    {kSnp, "flags.raw", BitSpelling::kPrefixed, 4, kReportFlags},
    {kSnp, "launch_mit_vector", BitSpelling::kPrefixed, 8, {}},
    {kSnp, "current_mit_vector", BitSpelling::kPrefixed, 8, {}},
};

}  // namespace

const BitField* bit_field(std::string_view platform, std::string_view path) {
  for (const BitField& field : kFields) {
    if (field.platform == platform && field.path == path) {
      return &field;
    }
  }
  return nullptr;
}

}  // namespace claustrum::policy
