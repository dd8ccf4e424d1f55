// SPDX-License-Identifier: Apache-2.0
// Tokens and claims sets of other people: Veraison's C, Go and Rust samples, the draft's examples,
// Trustee's example.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "claustrum/codec/pem.h"
#include "claustrum/policy/ear.h"

namespace claustrum::policy {
namespace {

std::filesystem::path folder() {
  const char* shared = std::getenv("CLAUSTRUM_SHARED");
  return std::filesystem::path(shared != nullptr ? shared : CLAUSTRUM_SOURCE_DIR "/../shared") /
         "vectors" / "rats";
}

std::string contents(const std::string& name) {
  std::ifstream file(folder() / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class EarVectors : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(folder())) {
      GTEST_SKIP() << "no " << folder();
    }
  }
};

TEST_F(EarVectors, VerifiesVeraisonsSignedSample) {
  std::string token = contents("ear/c-ear.jwt");
  while (!token.empty() && token.back() == '\n') {
    token.pop_back();
  }
  const auto blocks = codec::pem_decode(as_bytes(contents("ear/c-ear.pkey.pem")));
  ASSERT_TRUE(blocks.ok());
  const auto key = crypto::PublicKey::from_spki(blocks->front().der);
  ASSERT_TRUE(key.ok());
  const std::vector<crypto::PublicKey> keys = {*key};
  const Instant then = *parse_rfc3339("2023-02-24T14:30:00Z");
  const auto stale = verify_ear(token, keys, then);
  ASSERT_FALSE(stale.ok());
  EXPECT_EQ(stale.error().reason(), "ear.stale");  // issued four months before, without an end
  EarExpectations expected;
  expected.max_age = 200 * 86'400;
  const auto ear = verify_ear(token, keys, then, expected);
  ASSERT_TRUE(ear.ok()) << ear.error().message();
  EXPECT_EQ(ear->dialect, EarDialect::kVeraison);
  EXPECT_EQ(ear->issued, Instant{1'666'529'184});  // written as 1.666529184e+09
  EXPECT_EQ(ear->status, Tier::kAffirming);
  EXPECT_EQ(ear->submodules.front().name, "PARSEC_TPM");
  EXPECT_EQ(ear->submodules.front().vector.at(TrustCategory::kExecutables), 2);
}

struct Sample {
  const char* file;
  EarDialect dialect;
  Tier status;
};

TEST_F(EarVectors, ReadsEverySampleOfEachDialect) {
  for (const Sample& sample : {
           Sample{"ear/veraison-go/ear-claims.json", EarDialect::kVeraison, Tier::kAffirming},
           Sample{"ear/veraison-go/ear-claims-tv-ok.json", EarDialect::kVeraison, Tier::kAffirming},
           Sample{"ear/veraison-go/ear-claims-extension-ok.json", EarDialect::kVeraison,
                  Tier::kAffirming},
           Sample{"ear/veraison-go/ear-claims-key-attestation-ok.json", EarDialect::kVeraison,
                  Tier::kAffirming},
           Sample{"ear/veraison-go/ear-claims-key-attestation-ko.json", EarDialect::kVeraison,
                  Tier::kContraindicated},
           Sample{"ear/rust-ear/claims.json", EarDialect::kVeraison, Tier::kAffirming},
           Sample{"ear/draft-03/ear-json-1.diag", EarDialect::kIetf, Tier::kContraindicated},
           Sample{"ear/draft-03/ear-json-2.diag", EarDialect::kIetf, Tier::kAffirming},
           Sample{"ear/draft-03/ext-teep-json-1.diag", EarDialect::kIetf, Tier::kContraindicated},
           Sample{"ear/draft-03/ext-veraison-json-1.diag", EarDialect::kIetf,
                  Tier::kContraindicated},
           Sample{"ear/draft-03/ext-veraison-json-2.diag", EarDialect::kIetf, Tier::kAffirming},
           Sample{"kbs/trustee-example.token.json", EarDialect::kTrustee, Tier::kContraindicated},
       }) {
    const auto ear = parse_ear(as_bytes(contents(sample.file)));
    ASSERT_TRUE(ear.ok()) << sample.file << " " << ear.error().message();
    EXPECT_EQ(ear->dialect, sample.dialect) << sample.file;
    EXPECT_EQ(ear->status, sample.status) << sample.file;
  }
}

}  // namespace
}  // namespace claustrum::policy
