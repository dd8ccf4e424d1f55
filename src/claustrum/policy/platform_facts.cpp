// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/platform_facts.h"

#include <algorithm>

namespace claustrum::policy {

namespace {

using Name = std::string_view;

constexpr PlatformFacts kUnknown = {"", false};

constexpr Name kSnpProgram[] = {"measurement"};
constexpr std::span<const Name> kSnpGroups[] = {kSnpProgram};
constexpr Name kSnpProducts[] = {"Milan", "Genoa", "Turin"};
constexpr std::size_t kSnpChips[] = {64, 8};  // Turin: 8

constexpr Name kTdxProgram[] = {"mr_td", "rtmr1", "rtmr2"};
constexpr Name kTdxFirmware[] = {"mr_td"};
constexpr Name kTdxKernel[] = {"rtmr1", "rtmr2"};
constexpr std::span<const Name> kTdxGroups[] = {kTdxFirmware, kTdxKernel};
constexpr Name kTdxMeasurements[] = {"mr_td", "mr_seam", "mr_owner", "mr_owner_config", "rtmr0",
                                     "rtmr1", "rtmr2",   "rtmr3",    "mr_service_td"};

constexpr Name kSgxProgram[] = {"mr_enclave"};
constexpr Name kSgxIdentity[] = {"mr_enclave", "mr_signer"};
constexpr std::span<const Name> kSgxGroups[] = {kSgxIdentity};
constexpr std::size_t kPpid[] = {16};

constexpr Name kSgxStandings[] = {"UpToDate",
                                  "SWHardeningNeeded",
                                  "ConfigurationNeeded",
                                  "ConfigurationAndSWHardeningNeeded",
                                  "OutOfDate",
                                  "OutOfDateConfigurationNeeded",
                                  kRevoked};
constexpr Name kTdxStandings[] = {"UpToDate",
                                  "SWHardeningNeeded",
                                  "ConfigurationNeeded",
                                  "ConfigurationAndSWHardeningNeeded",
                                  "OutOfDate",
                                  "OutOfDateConfigurationNeeded",
                                  "TDRelaunchAdvised",
                                  "TDRelaunchAdvisedConfigurationNeeded",
                                  kRevoked};

// PCR0 is the whole image; PCR1 with PCR2 says the same in two parts.
constexpr Name kNitroProgram[] = {"PCR0"};
constexpr Name kNitroKernel[] = {"PCR0", "PCR1"};
constexpr Name kNitroApplication[] = {"PCR0", "PCR2"};
constexpr std::span<const Name> kNitroGroups[] = {kNitroKernel, kNitroApplication};
constexpr Name kNitroProducts[] = {"Nitro Enclave"};
constexpr Name kNitroTpmProgram[] = {"PCR4"};  // what the firmware started
constexpr std::span<const Name> kNitroTpmGroups[] = {kNitroTpmProgram};
constexpr Name kNitroTpmProducts[] = {"NitroTPM"};
constexpr Name kRegisters[] = {"PCR0",  "PCR1",  "PCR2",  "PCR3",  "PCR4",  "PCR5",  "PCR6",
                               "PCR7",  "PCR8",  "PCR9",  "PCR10", "PCR11", "PCR12", "PCR13",
                               "PCR14", "PCR15", "PCR16", "PCR17", "PCR18", "PCR19", "PCR20",
                               "PCR21", "PCR22", "PCR23", "PCR24", "PCR25", "PCR26", "PCR27",
                               "PCR28", "PCR29", "PCR30", "PCR31"};

// AMD publishes no list of what a firmware is worth. Intel has no second voucher and no privilege
// levels; an enclave does not migrate. AWS says nothing of the machine below.
constexpr PlatformFacts kKnown[] = {
    {"amd-sev-snp",
     true,
     Attests::kAlways,
     Attests::kAlways,
     Attests::kAlways,
     Attests::kAlways,
     Attests::kNever,
     48,
     kSnpProgram,
     kSnpGroups,
     kSnpProducts,
     {},
     kSnpChips,
     kSnpProgram},
    {"intel-tdx",
     true,
     Attests::kAlways,
     Attests::kSometimes,
     Attests::kAlways,
     Attests::kSometimes,
     Attests::kAlways,
     48,
     kTdxProgram,
     kTdxGroups,
     {},
     kTdxStandings,
     kPpid,
     kTdxMeasurements},
    {"intel-sgx",
     true,
     Attests::kAlways,
     Attests::kSometimes,
     Attests::kSometimes,
     Attests::kSometimes,
     Attests::kAlways,
     32,
     kSgxProgram,
     kSgxGroups,
     {},
     kSgxStandings,
     kPpid,
     kSgxIdentity},
    {"aws-nitro",
     true,
     Attests::kAlways,
     Attests::kSometimes,
     Attests::kNever,
     Attests::kNever,
     Attests::kNever,
     48,
     kNitroProgram,
     kNitroGroups,
     kNitroProducts,
     {},
     {},
     kRegisters},
    {"aws-nitrotpm",
     true,
     Attests::kAlways,
     Attests::kSometimes,
     Attests::kNever,
     Attests::kNever,
     Attests::kNever,
     48,
     kNitroTpmProgram,
     kNitroTpmGroups,
     kNitroTpmProducts,
     {},
     {},
     std::span(kRegisters).first(24)},
};

}  // namespace

const PlatformFacts& facts_of(std::string_view platform) {
  for (const PlatformFacts& facts : kKnown) {
    if (facts.name == platform) {
      return facts;
    }
  }
  return kUnknown;
}

// FMSPCs are too many to list.
bool is_product(std::string_view platform, std::string_view name) {
  constexpr std::size_t kFmspcLen = 12;
  const PlatformFacts& facts = facts_of(platform);
  if (!facts.known) {
    return true;
  }
  if (!facts.products.empty()) {
    return std::ranges::find(facts.products, name) != facts.products.end();
  }
  return name.size() == kFmspcLen && std::ranges::all_of(name, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace claustrum::policy
