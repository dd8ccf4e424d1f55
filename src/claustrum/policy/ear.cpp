// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/ear.h"

#include <algorithm>

#include "claustrum/policy/ear_names.h"

namespace claustrum::policy {

namespace {

constexpr std::string_view kTierNames[] = {"none", "affirming", "warning", "contraindicated"};

constexpr std::string_view kCategoryNames[kTrustCategories] = {
    "instance-identity", "configuration",  "executables",    "file-system",
    "hardware",          "runtime-opaque", "storage-opaque", "sourced-data"};

// [draft-ietf-rats-ear-03, -04; Veraison ear v1.1.3; Trustee ear_token]
constexpr EarNames kNames[] = {
    {EarDialect::kIetf, "tag:ietf.org,2026:rats/ear#04", "ear_verifier_id", "ear_status",
     "ear_trustworthiness_vector", "ear_appraisal_policy_ids", true, "ear_raw_evidence", true,
     "ear_attester_claims", "ear_verifier_claims", true, false},
    {EarDialect::kIetf, "tag:ietf.org,2026:rats/ear#03", "ear_verifier_id", "ear_status",
     "ear_trustworthiness_vector", "ear_appraisal_policy_ids", true, "ear_raw_evidence", false,
     "ear_veraison_annotated_evidence", "ear_veraison_policy_claims", true, false},
    {EarDialect::kVeraison, "tag:github.com,2023:veraison/ear", "ear.verifier-id", "ear.status",
     "ear.trustworthiness-vector", "ear.appraisal-policy-id", false, "ear.raw-evidence", false,
     "ear.veraison.annotated-evidence", "ear.veraison.policy-claims", false, true},
    {EarDialect::kTrustee, "tag:github.com,2024:confidential-containers/Trustee", "ear.verifier-id",
     "ear.status", "ear.trustworthiness-vector", "ear.appraisal-policy-id", false,
     "ear.raw-evidence", false, "ear.veraison.annotated-evidence", "ear.veraison.policy-claims",
     false, false},
};

struct Meaning {
  std::int8_t value;
  std::string_view words;
};
using Meanings = std::span<const Meaning>;

// [draft-ietf-rats-ar4si 2.3.4] In our words.
constexpr Meaning kCommon[] = {{-1, "the verifier failed"},
                               {0, "no claim"},
                               {1, "evidence with parts not understood"},
                               {99, "cryptographic validation failed"}};
constexpr Meaning kInstance[] = {{2, "recognised, not known to be compromised"},
                                 {96, "recognised, not to be trusted"},
                                 {97, "not recognised"}};
constexpr Meaning kConfig[] = {{2, "known and approved"},
                               {3, "no known weakness"},
                               {32, "known weaknesses"},
                               {36, "parts of it not available to the verifier"},
                               {96, "not acceptable"}};
constexpr Meaning kExecutables[] = {{2, "only approved code at boot and since"},
                                    {3, "only approved code at boot"},
                                    {32, "recognised code with known faults"},
                                    {33, "code that is not recognised"},
                                    {96, "code that must not run"}};
constexpr Meaning kFiles[] = {
    {2, "only approved files"}, {32, "files not recognised"}, {96, "files that must not be there"}};
constexpr Meaning kHardware[] = {{2, "genuine and supported"},
                                 {32, "genuine, with known weaknesses or not judged fully"},
                                 {96, "recognised, not to be trusted"},
                                 {97, "not recognised"}};
constexpr Meaning kRuntime[] = {{2, "memory encrypted, opaque to the host"},
                                {32, "memory isolated, not surely encrypted"},
                                {96, "memory visible to the host"}};
constexpr Meaning kStorage[] = {{2, "secrets under keys of the hardware"},
                                {32, "secrets under keys of software"},
                                {96, "secrets in clear"}};
constexpr Meaning kSources[] = {{2, "from attesters that were affirmed"},
                                {32, "from sources not attested"},
                                {96, "from sources not to be trusted"}};
constexpr Meanings kMeanings[kTrustCategories] = {kInstance, kConfig,  kExecutables, kFiles,
                                                  kHardware, kRuntime, kStorage,     kSources};

}  // namespace

std::span<const EarNames> all_ear_names() {
  return kNames;
}

const EarNames& ear_names_for_writing(EarDialect dialect) {
  return *std::ranges::find(kNames, dialect, &EarNames::dialect);
}

const EarNames* ear_names_of(std::string_view profile) {
  const auto* at = std::ranges::find(kNames, profile, &EarNames::profile);
  return at == std::end(kNames) ? nullptr : at;
}

std::string_view to_string(EarDialect dialect) {
  switch (dialect) {
    case EarDialect::kIetf:
      return "ietf";
    case EarDialect::kVeraison:
      return "veraison";
    case EarDialect::kTrustee:
      return "trustee";
  }
  return "";
}

std::optional<EarDialect> ear_dialect_from(std::string_view name) {
  for (const EarNames& names : kNames) {
    if (to_string(names.dialect) == name) {
      return names.dialect;
    }
  }
  return std::nullopt;
}

std::string_view to_string(Tier tier) {
  return kTierNames[static_cast<std::size_t>(tier)];
}

Tier tier_of(std::int8_t value) {
  if (value >= -1 && value <= 1) {
    return Tier::kNone;
  }
  if (value >= 96 || value <= -97) {
    return Tier::kContraindicated;
  }
  return value >= 32 || value <= -33 ? Tier::kWarning : Tier::kAffirming;
}

std::string_view to_string(TrustCategory category) {
  return kCategoryNames[static_cast<std::size_t>(category)];
}

std::string_view meaning_of(TrustCategory category, std::int8_t value) {
  for (const Meanings& list : {kMeanings[static_cast<std::size_t>(category)], Meanings(kCommon)}) {
    for (const Meaning& meaning : list) {
      if (meaning.value == value) {
        return meaning.words;
      }
    }
  }
  return "";
}

Tier TrustVector::worst() const {
  Tier out = Tier::kNone;
  for (const auto& value : values_) {
    out = value ? std::max(out, tier_of(*value)) : out;
  }
  return out;
}

}  // namespace claustrum::policy
