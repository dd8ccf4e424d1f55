// SPDX-License-Identifier: Apache-2.0
#include "claustrum/document/ledger_factors.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/document/witness.h"
#include "claustrum/ledger/entry.h"
#include "claustrum/ledger/tlog_proof.h"

namespace claustrum::document {

namespace {

using evidence::Claims;
using evidence::Factors;

constexpr std::string_view kSoftware = "software";

Result<std::vector<ledger::NoteVerifier>> verifiers_of(const std::vector<std::string>& vkeys) {
  std::vector<ledger::NoteVerifier> out;
  for (const std::string& vkey : vkeys) {
    CLAUSTRUM_TRY_ASSIGN(ledger::NoteVerifier verifier, ledger::NoteVerifier::parse(vkey));
    out.push_back(std::move(verifier));
  }
  return out;
}

Result<std::vector<WitnessKey>> witnesses_of(const std::vector<std::string>& vkeys) {
  std::vector<WitnessKey> out;
  for (const std::string& vkey : vkeys) {
    CLAUSTRUM_TRY_ASSIGN(WitnessKey key, WitnessKey::parse(vkey));
    out.push_back(std::move(key));
  }
  return out;
}

std::string measurement_of(const Claims& claims) {
  const auto at = claims.measurements.find("measurement");
  return at == claims.measurements.end() ? std::string() : codec::hex_encode(at->second);
}

// What the published entry says of the program, compared with what the hardware measured.
Result<std::string> check_software(BytesView section, const Claims& claims) {
  CLAUSTRUM_TRY_ASSIGN(const ledger::Entry entry, ledger::parse_entry(section));
  if (!CLAUSTRUM_GUARD("document.software_type", entry.type == kSoftware)) {
    return Error(Code::kMismatch, "document.software_type",
                 "an entry of type " + entry.type.substr(0, 32));
  }
  CLAUSTRUM_TRY_ASSIGN(const std::string platform, entry.detail.string_at("platform"));
  CLAUSTRUM_TRY_ASSIGN(const std::string measurement, entry.detail.string_at("measurement"));
  CLAUSTRUM_TRY_ASSIGN(const std::string name, entry.detail.string_at("name"));
  CLAUSTRUM_TRY_ASSIGN(const std::string version, entry.detail.string_at("version"));
  if (!CLAUSTRUM_GUARD("document.software_platform", platform == claims.platform)) {
    return Error(Code::kMismatch, "document.software_platform",
                 "an entry for " + platform.substr(0, 32));
  }
  const std::string measured = measurement_of(claims);
  if (!CLAUSTRUM_GUARD("document.software", !measured.empty() && measurement == measured)) {
    return Error(Code::kMismatch, "document.software", "an entry for measurement " + measurement);
  }
  return name + " " + version;
}

// The keys that both the profile and the launch data pin: the workload was told of this log too.
std::vector<ledger::NoteVerifier> pinned_twice(const std::vector<ledger::NoteVerifier>& keys,
                                               const policy::LaunchConfig& launch) {
  std::vector<ledger::NoteVerifier> out;
  for (const ledger::NoteVerifier& key : keys) {
    const auto& pins = launch.ledger.keys;
    if (std::find(pins.begin(), pins.end(), key.vkey()) != pins.end()) {
      out.push_back(key);
    }
  }
  return out;
}

struct Inclusion {
  ledger::TlogProof proof;
  std::string found;
};

Result<Inclusion> check_inclusion(const EvidenceDocument& document, const Profile& profile,
                                  const policy::LaunchConfig& launch) {
  if (!document.software) {
    return Error(Code::kNotFound, "document.software_absent", "no software section");
  }
  const auto text = document.proofs.find(kSoftware);
  if (text == document.proofs.end()) {
    return Error(Code::kNotFound, "document.proof_absent", "no proof for the software section");
  }
  CLAUSTRUM_TRY_ASSIGN(const auto keys, verifiers_of(profile.claims().ledger.keys));
  Inclusion out;
  CLAUSTRUM_TRY_ASSIGN(out.proof, ledger::parse_tlog_proof(text->second));
  const std::string& origin = profile.claims().ledger.origin;
  CLAUSTRUM_TRY_ASSIGN(const ledger::ProvenEntry proven,
                       ledger::verify_tlog_proof(out.proof, *document.software, origin, keys));
  const bool pinned =
      ledger::verify_tlog_proof(out.proof, *document.software, origin, pinned_twice(keys, launch))
          .ok();
  if (!CLAUSTRUM_GUARD("document.ledger_key", pinned)) {
    return Error(Code::kMismatch, "document.ledger_key",
                 "signed by a key that the launch data does not name");
  }
  out.found = "entry " + std::to_string(out.proof.index) + " of " +
              std::to_string(proven.checkpoint.size) + " in " + origin;
  return out;
}

void judge_witnesses(const ledger::TlogProof& proof, const Profile& profile, Instant now,
                     Factors& factors) {
  const ProfileLedger& ledger = profile.claims().ledger;
  const std::string expected =
      std::to_string(std::max<std::int64_t>(ledger.quorum, 1)) + " witness cosignature(s)";
  constexpr const char* kAdvice =
      "a log nobody watches can show each client another history; run witnesses or waive this";
  const auto note = ledger::parse_note(proof.checkpoint);
  const auto keys = witnesses_of(ledger.witnesses);
  if (!note.ok() || !keys.ok()) {
    factors.fail("ledger-witnessed", note.ok() ? keys.error() : note.error(), expected, kAdvice);
    return;
  }
  const auto witnessed = count_witnesses(*note, *keys, now);
  if (!witnessed.ok()) {
    factors.fail("ledger-witnessed", witnessed.error(), expected, kAdvice);
    return;
  }
  const std::string found = std::to_string(witnessed->witnesses) + " of " +
                            std::to_string(keys->size()) + " named witnesses";
  // A quorum of none is no quorum: it needs a waiver, so that a verdict always says so.
  const auto quorum = static_cast<std::size_t>(std::max<std::int64_t>(ledger.quorum, 1));
  if (!CLAUSTRUM_GUARD("document.quorum", witnessed->witnesses >= quorum)) {
    factors.fail("ledger-witnessed",
                 witnessed->witnesses == 0 ? "ledger.unwitnessed" : "ledger.quorum", expected,
                 found, kAdvice);
    return;
  }
  factors.pass("ledger-witnessed", expected,
               found + ", newest " + format_rfc3339(witnessed->newest));
}

}  // namespace

void judge_software(const EvidenceDocument& document, const Claims* claims, Factors& factors) {
  constexpr const char* kAdvice = "this program is no published release; do not use it";
  if (!document.software) {
    factors.fail("software", "document.software_absent", "a release entry of the ledger",
                 "no software section", kAdvice);
    return;
  }
  if (claims == nullptr) {
    return;
  }
  const std::string expected =
      "a release entry for " + claims->platform + " " + measurement_of(*claims);
  const auto release = check_software(*document.software, *claims);
  if (!release.ok()) {
    factors.fail("software", release.error(), expected, kAdvice);
    return;
  }
  factors.pass("software", expected, *release);
}

void judge_ledger(const EvidenceDocument& document, const Profile& profile,
                  const policy::LaunchConfig* launch, Instant now, Factors& factors) {
  if (launch == nullptr) {
    return;
  }
  const std::string expected = "the software entry in " + profile.claims().ledger.origin +
                               ", under a key of profile and launch data";
  const auto inclusion = check_inclusion(document, profile, *launch);
  if (!inclusion.ok()) {
    factors.fail("ledger-inclusion", inclusion.error(), expected,
                 "the release was not published where the profile says");
    // Where nothing was published, nobody can have seen it; a wrong proof stays not-reached, so
    // that no waiver for missing witnesses covers it.
    if (inclusion.error().code() == Code::kNotFound) {
      factors.fail("ledger-witnessed", "ledger.unwitnessed", "a witnessed checkpoint",
                   "no checkpoint", "publish the release in the ledger, or waive this");
    }
    return;
  }
  factors.pass("ledger-inclusion", expected, inclusion->found);
  judge_witnesses(inclusion->proof, profile, now, factors);
}

}  // namespace claustrum::document
