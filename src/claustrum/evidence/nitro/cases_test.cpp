// SPDX-License-Identifier: Apache-2.0
// Real documents of enclaves and of a NitroTPM with their expected verdicts and claims, and their
// bytes changed one at a time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "claustrum/evidence/core/test_cases.h"
#include "claustrum/evidence/nitro/test_scene.h"

namespace claustrum::evidence::nitro {
namespace {

Verification judge(const Case& c, IssuerCache* issuers = nullptr) {
  return run_case(c, c.platform == kTpmPlatform ? verify_tpm : verify, issuers);
}

void compare_claims(const CaseFolder& folder, const Verification& v) {
  const codec::Json* expected = folder.file.find("claims");
  ASSERT_NE(expected, nullptr);
  const Claims* claims = v.claims              ? &**v.claims
                         : v.unverified_claims ? &*v.unverified_claims
                                               : nullptr;
  ASSERT_NE(claims, nullptr);
  for (const auto& [name, value] : expected->members()) {
    const codec::Json* found = claims->details.find(name);
    ASSERT_NE(found, nullptr) << name;
    EXPECT_EQ(value, *found) << name << ": " << codec::to_json(value) << " but "
                             << codec::to_json(*found);
  }
}

bool judged_right(const CaseFolder& folder, const Verification& v) {
  const CaseVerdict verdict = judge_case(v, folder.loaded);
  const bool pass = folder.file.string_at("expect").value() == "pass";
  for (const Factor& factor : verdict.factors.list()) {
    if (factor.status == FactorStatus::kFail && pass) {
      ADD_FAILURE() << folder.name << " " << factor.id << " " << factor.reason << " "
                    << factor.found;
    }
  }
  return pass ? verdict.exit_code == 0 : verdict.exit_code == 10 || verdict.exit_code == 30;
}

class NitroCases : public ::testing::Test {
 protected:
  void SetUp() override {
    if (folders.empty()) {
      GTEST_SKIP() << "no evidence beside the tree";
    }
  }
  const std::vector<CaseFolder> folders = cases_of({kPlatform, kTpmPlatform});
};

TEST_F(NitroCases, EveryRealCaseIsJudgedRight) {
  std::size_t right = 0;
  for (const CaseFolder& folder : folders) {
    SCOPED_TRACE(folder.name);
    const Verification v = judge(folder.loaded);
    const bool good = judged_right(folder, v);
    EXPECT_TRUE(good) << folder.name;
    right += good ? 1 : 0;
    compare_claims(folder, v);
  }
  std::cout << "platforms aws-nitro and aws-nitrotpm: " << folders.size() << " cases, " << right
            << " right\n";
}

// Refusals are for the reason the case states, not for another one.
TEST_F(NitroCases, RealCasesFailWhereTheyShould) {
  const std::map<std::string, std::pair<std::string, std::string>> known = {
      {"nitro-debug-2021", {"debug", "nitro.debug.enabled"}},
      {"nitro-debug-2022-evervault", {"debug", "nitro.debug.enabled"}},
      {"nitro-debug-2025-12-indefinite", {"debug", "nitro.debug.enabled"}},
      {"nitro-derived-alg-unprotected", {"format", "nitro.format.algorithm"}},
      {"nitro-derived-tampered-pcr0", {"signature", "nitro.signature.invalid"}},
      {"nitro-expired-2022", {"validity", "nitro.validity.expired"}}};
  for (const CaseFolder& folder : folders) {
    if (const auto at = known.find(folder.name); at != known.end()) {
      EXPECT_EQ(reason_of(judge(folder.loaded), at->second.first), at->second.second)
          << folder.name;
    }
  }
}

TEST_F(NitroCases, NoRealDocumentPassesForTheOtherKind) {
  for (const CaseFolder& folder : folders) {
    Case other = folder.loaded;
    other.platform = other.platform == kPlatform ? kTpmPlatform : kPlatform;
    const Verification v = judge(other);
    EXPECT_FALSE(v.claims.has_value()) << folder.name;
    EXPECT_EQ(reason_of(v, "platform"), "nitro.platform.kind") << folder.name;
  }
}

TEST_F(NitroCases, AWarmCacheChangesNoVerdict) {
  IssuerCache cache;
  for (int round = 0; round < 2; ++round) {
    for (const CaseFolder& folder : folders) {
      EXPECT_TRUE(judged_right(folder, judge(folder.loaded, &cache))) << folder.name;
    }
  }
}

bool is_long() {
  const char* value = std::getenv("CLAUSTRUM_LONG");
  return value != nullptr && *value != '\0';
}

void expect_refused(const Verification& v, std::size_t at) {
  ASSERT_FALSE(v.claims.has_value()) << at;
  const auto failed = [](const Factor& f) { return f.status == FactorStatus::kFail; };
  ASSERT_TRUE(std::ranges::any_of(v.factors.list(), failed)) << at;
}

// One bit in each `step`th byte; every bit with CLAUSTRUM_LONG.
void for_each_flip(const Bytes& whole, std::size_t step,
                   const std::function<void(BytesView changed, std::size_t bit)>& check) {
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    if (!is_long() && (bit / 8 % step != 0 || bit % 8 != bit / 8 / step % 8)) {
      continue;
    }
    Bytes changed = whole;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    ASSERT_NO_FATAL_FAILURE(check(changed, bit));
  }
}

// No document may pass with a bit changed, and every part of one is malformed.
void sweep(const Bytes& document, std::size_t step,
           const std::function<Verification(BytesView)>& run) {
  ASSERT_TRUE(run(document).claims.has_value());
  for_each_flip(document, step,
                [&](BytesView changed, std::size_t bit) { expect_refused(run(changed), bit); });
  const std::size_t cut_step = is_long() ? 1 : 37;
  for (std::size_t size = 0; size < document.size(); size += cut_step) {
    const Verification cut = run(BytesView(document).first(size));
    ASSERT_TRUE(cut.malformed);
    ASSERT_EQ(reason_of(cut, "format"), "nitro.format.envelope");
  }
}

TEST_F(NitroCases, NoAcceptedDocumentSurvivesAChangedByte) {
  IssuerCache cache;
  for (const CaseFolder& folder : folders) {
    if (folder.file.string_at("expect").value() == "pass") {
      SCOPED_TRACE(folder.name);
      sweep(folder.loaded.evidence, 29, [&](BytesView document) {
        Case changed = folder.loaded;
        changed.evidence = to_bytes(document);
        return judge(changed, &cache);
      });
    }
  }
}

TEST(NitroSweep, NoSimulatedDocumentSurvivesAChangedByte) {
  for (const Kind kind : {Kind::kEnclave, Kind::kTpm}) {
    IssuerCache cache;
    Scene scene(kind);
    scene.issuers = &cache;
    scene.document.user_data = Bytes(64, 0x5a);
    sweep(scene.instance.sign(scene.document), 5,
          [&](BytesView document) { return scene.run_raw(document); });
  }
}

// As a module could that signs whatever it likes: the payload's own signature is right.
TEST(NitroSweep, NoCertificateSurvivesAChangedByte) {
  IssuerCache cache;
  const Scene whole;
  for (const Place place : kPlaces) {
    const Bytes& der = place == Place::kLeaf
                           ? whole.document.certificate
                           : whole.document.cabundle[static_cast<std::size_t>(place)];
    for_each_flip(der, 5, [&](BytesView changed, std::size_t bit) {
      Scene scene = whole;
      scene.issuers = &cache;
      scene.put(place, to_bytes(changed));
      expect_refused(scene.run(), bit);
    });
  }
}

}  // namespace
}  // namespace claustrum::evidence::nitro
