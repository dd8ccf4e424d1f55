// SPDX-License-Identifier: Apache-2.0
#include "claustrum/kbs/snp_evidence.h"

#include "claustrum/codec/base64.h"
#include "claustrum/kbs/test_report.h"

namespace claustrum::kbs {
namespace {

using codec::Json;

attest::RawEvidence good_evidence() {
  attest::RawEvidence out;
  out.platform = "amd-sev-snp";
  out.evidence = Bytes(1184, 0x5a);
  out.collateral = {{"vcek", {1, 2}}, {"ask", {3}}, {"ark", {4}}, {"crl", {5}}};
  return out;
}

void expect_refused(const Json& primary, std::string_view reason = "kbs.snp_evidence") {
  const auto evidence = parse_snp_evidence(primary);
  ASSERT_FALSE(evidence.ok());
  EXPECT_EQ(evidence.error().code(), Code::kMalformed);
  EXPECT_EQ(evidence.error().reason(), reason) << evidence.error().message();
}

Json entry(Json type, Json data) {
  return Json::object().set("cert_type", std::move(type)).set("data", std::move(data));
}

Json with_chain(Json chain) {
  return Json::object().set("attestation_report", "AA==").set("cert_chain", std::move(chain));
}

TEST(SnpEvidence, RoundTrips) {
  const attest::RawEvidence sent = good_evidence();
  const auto read = parse_snp_evidence(make_snp_evidence(sent));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->report, sent.evidence);
  EXPECT_EQ(read->collateral, sent.collateral);
}

TEST(SnpEvidence, AVlekChainCarriesItsIntermediateInTheAskSlot) {
  attest::RawEvidence sent = good_evidence();
  sent.collateral = {{"vlek", {1}}, {"asvk", {2}}, {"ark", {3}}};
  const Json primary = make_snp_evidence(sent);
  EXPECT_EQ(*primary.find("cert_chain")->items().at(1).string_at("cert_type"), "ASK");
  const auto read = parse_snp_evidence(primary);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->collateral, sent.collateral);
}

TEST(SnpEvidence, ReadsWhatStockGuestsSend) {
  const Bytes raw = test::full_report("Milan", 3);
  Json primary = Json::object();
  primary
      .set("attestation_report", test::serde_of(raw, test::SerdeForm::kNamedWithMitVectors,
                                                evidence::snp::TcbLayout::kMilan))
      .set("cert_chain",
           Json::Array{entry("VCEK", test::number_array(Bytes{7, 8})),
                       entry(Json::object().set("OTHER", "63da758d-e664-4564-adc5-f4b93be8accd"),
                             test::number_array(Bytes{9})),
                       entry("Empty", Json::array())});
  const auto read = parse_snp_evidence(primary);
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(read->report, raw);
  EXPECT_EQ(read->collateral, (evidence::Collateral{{"vcek", {7, 8}}}));
}

TEST(SnpEvidence, AChainMayBeMissingOrNull) {
  EXPECT_TRUE(parse_snp_evidence(with_chain(Json())).ok());
  const auto read = parse_snp_evidence(Json::object().set("attestation_report", "AA=="));
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(read->collateral.empty());
}

TEST(SnpEvidence, AReportIsBase64OrFields) {
  expect_refused(Json::object().set("cert_chain", Json()));
  expect_refused(Json::object().set("attestation_report", 7));
  expect_refused(Json::object().set("attestation_report", Json::object()), "kbs.snp_serde");
  EXPECT_FALSE(parse_snp_evidence(Json::object().set("attestation_report", "AA")).ok());
  expect_refused(with_chain(Json()).set("more", 1), "json.unknown_member");
}

TEST(SnpEvidence, EntriesAreBounded) {
  expect_refused(with_chain("x"));
  expect_refused(with_chain(Json::Array(17, entry("Empty", ""))));
  EXPECT_TRUE(parse_snp_evidence(with_chain(Json::Array(16, entry("Empty", "")))).ok());
  const Bytes longest(16 * 1024, 1);
  const Bytes longer(16 * 1024 + 1, 1);
  EXPECT_TRUE(
      parse_snp_evidence(with_chain(Json::Array{entry("ARK", codec::base64_encode(longest))}))
          .ok());
  expect_refused(with_chain(Json::Array{entry("ARK", codec::base64_encode(longer))}));
  expect_refused(with_chain(Json::Array{entry("ARK", test::number_array(longer))}));
}

TEST(SnpEvidence, EntriesHaveTheirShape) {
  expect_refused(with_chain(Json::Array{Json::object().set("cert_type", "ARK")}));
  expect_refused(with_chain(Json::Array{Json::object().set("data", "AA==")}));
  expect_refused(with_chain(Json::Array{Json("ARK")}));
  expect_refused(with_chain(Json::Array{entry("ARK", 7)}));
  expect_refused(with_chain(Json::Array{entry("ARK", Json::Array{Json(256)})}));
  expect_refused(with_chain(Json::Array{entry("ARK", Json::Array{Json("1")})}));
}

// Two certificates under one name: which of them was judged?
TEST(SnpEvidence, ANameOccursOnce) {
  expect_refused(with_chain(Json::Array{entry("ARK", "AA=="), entry("ARK", "AA==")}));
}

}  // namespace
}  // namespace claustrum::kbs
