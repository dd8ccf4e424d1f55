// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/corim_import.h"

#include <gtest/gtest.h>

#include "claustrum/crypto/test_authority.h"
#include "claustrum/policy/policy.h"

namespace claustrum::policy {
namespace {

using crypto::expect_error;

Corim corim_of(std::vector<CorimReference> references) {
  Corim out;
  out.id = "id";
  out.comids.push_back({"tag", std::move(references), {}});
  return out;
}

CorimMeasurement digests(std::string key, std::vector<CorimDigest> values) {
  CorimMeasurement out;
  out.key = std::move(key);
  out.digests = std::move(values);
  return out;
}

const CorimDigest kFirst{"sha-384", Bytes(48, 1)};
const CorimDigest kSecond{"sha-384", Bytes(48, 2)};
const std::string kFirstHex = [] {
  std::string out;
  for (int i = 0; i < 48; ++i) {
    out += "01";
  }
  return out;
}();

ImportOptions tdx() {
  ImportOptions out;
  out.platform = "intel-tdx";
  return out;
}

std::string text_of(const Corim& corim, const ImportOptions& options = tdx()) {
  const auto text = corim_to_policy(corim, {}, options);
  EXPECT_TRUE(text.ok()) << text.error().message();
  // Whatever comes out is a part of a policy.
  const auto policy =
      Policy::parse(as_bytes("version = 2\n" + (text.ok() ? *text : std::string())));
  EXPECT_TRUE(policy.ok()) << policy.error().message() << "\n"
                           << (text.ok() ? *text : std::string());
  EXPECT_EQ(policy->platforms().size(), 1U);
  return (text.ok() ? *text : std::string());
}

PlatformRules rules_of(const Corim& corim, const ImportOptions& options = tdx()) {
  const auto policy = Policy::parse(as_bytes("version = 2\n" + text_of(corim, options)));
  return policy->platforms().begin()->second;
}

TEST(CorimImport, DigestsBecomeMeasurements) {
  const PlatformRules rules =
      rules_of(corim_of({{"vendor a", "m", {digests("mr_td", {kFirst, kSecond, kFirst})}}}));
  ASSERT_EQ(rules.measurements.size(), 1U);
  EXPECT_EQ(std::get<OneOf>(rules.measurements.at("mr_td")).values.size(), 2U);
  EXPECT_EQ(std::get<OneOf>(rules.measurements.at("mr_td")).values.front().string(), kFirstHex);
}

TEST(CorimImport, DigestsOfAnotherLengthAreLeftOut) {
  const std::string text = text_of(corim_of({{"e",
                                              "m",
                                              {digests("mr_td", {kFirst,
                                                                 {"sha-256", Bytes(32, 3)},
                                                                 {"6", Bytes(4, 3)},
                                                                 {"sha-384", Bytes(47, 3)}})}}}));
  EXPECT_EQ(text.find("0303"), std::string::npos) << text;
  EXPECT_NE(text.find("# not imported: sha-256 of mr_td"), std::string::npos) << text;
}

TEST(CorimImport, ValuesOfTwoEnvironmentsAreNotMixed) {
  const Corim corim = corim_of(
      {{"layer 1", "m", {digests("x", {kFirst})}}, {"layer 2", "m", {digests("x", {kSecond})}}});
  const PlatformRules rules = rules_of(corim);
  EXPECT_EQ(std::get<OneOf>(rules.measurements.at("x")).values.size(), 1U);
  EXPECT_NE(text_of(corim).find("another environment has this name"), std::string::npos);
  ImportOptions options = tdx();
  options.environment = "layer 2";
  EXPECT_NE(std::get<OneOf>(rules_of(corim, options).measurements.at("x")).values.front().string(),
            kFirstHex);
}

TEST(CorimImport, NamesCanBeChanged) {
  ImportOptions options = tdx();
  options.rename["measurement"] = "mr_td";
  EXPECT_TRUE(rules_of(corim_of({{"e", "m", {digests("", {kFirst})}}}), options)
                  .measurements.contains("mr_td"));
}

TEST(CorimImport, AMinimumBecomesAFloorAndAnExactVersionStaysExact) {
  CorimMeasurement minimum;
  minimum.key = "snp";
  minimum.svn = CorimSvn{true, 24};
  CorimMeasurement exact;
  exact.svn = CorimSvn{false, 4};
  ImportOptions options;
  options.platform = "amd-sev-snp";
  const PlatformRules rules = rules_of(corim_of({{"e", "Milan", {minimum, exact}}}), options);
  EXPECT_EQ(std::get<AtLeast>(rules.tcb.at("Milan").at("snp")).value, 24);
  EXPECT_EQ(std::get<Exact>(rules.tcb.at("Milan").at("svn")).value.integer(), 4);
  options.product = "Genoa";
  EXPECT_TRUE(rules_of(corim_of({{"e", "Milan", {minimum}}}), options).tcb.contains("Genoa"));
  CorimMeasurement other = minimum;
  other.svn->value = 1;
  const Corim two = corim_of({{"e", "Milan", {minimum, other}}});
  options.product.clear();
  EXPECT_EQ(std::get<AtLeast>(rules_of(two, options).tcb.at("Milan").at("snp")).value, 24);
  EXPECT_NE(text_of(two, options).find("another one was imported"), std::string::npos);
  other.svn->value = 0;
  EXPECT_NE(text_of(corim_of({{"e", "Milan", {minimum, other}}}), options).find("asks for nothing"),
            std::string::npos);
  expect_error(corim_to_policy(corim_of({{"e", "milan", {minimum}}}), {}, options), Code::kNotFound,
               "corim.empty");
  expect_error(corim_to_policy(corim_of({{"e", "", {minimum}}}), {}, options), Code::kNotFound,
               "corim.empty");
}

TEST(CorimImport, AmdsProfileNumbersItsMeasurements) {
  ImportOptions options;
  options.platform = "amd-sev-snp";
  CorimMeasurement guest = digests("0", {kFirst});
  guest.svn = CorimSvn{true, 3};
  CorimMeasurement reported;
  reported.key = "7";
  reported.svn = CorimSvn{true, 1535220817975259955};
  const Corim corim = corim_of({{"e", "Milan", {guest, reported}}});
  const PlatformRules rules = rules_of(corim, options);
  EXPECT_EQ(rules.measurements.size(), 1U);
  EXPECT_TRUE(rules.measurements.contains("measurement"));
  EXPECT_TRUE(rules.tcb.empty());
  EXPECT_NE(text_of(corim, options).find("write claims.guest_svn"), std::string::npos);
  options.rename["0"] = "other";
  EXPECT_TRUE(rules_of(corim, options).measurements.contains("other"));
}

TEST(CorimImport, WhatAsksForNothingIsNotImported) {
  CorimMeasurement all;
  all.digests = {{"sha-384", Bytes(48, 1)}};
  all.evaluation_number = 0;
  all.tcb_status = {"UpToDate", "UpToDate"};
  const std::string text = text_of(corim_of({{"e", "", {all}}}));
  EXPECT_NE(text.find("not imported: an evaluation number"), std::string::npos) << text;
  EXPECT_NE(text.find("not imported: tcbstatus: every status"), std::string::npos) << text;
}

TEST(CorimImport, IntelsProfile) {
  CorimMeasurement first;
  first.evaluation_number = 11;
  first.tcb_status = {"UpToDate"};
  CorimMeasurement second;
  second.evaluation_number = 9;
  second.tcb_status = {"OutOfDate"};
  const Corim corim = corim_of({{"e", "m", {first, second}}});
  const PlatformRules rules = rules_of(corim);
  EXPECT_EQ(std::get<AtLeast>(*rules.evaluation_number).value, 11);
  EXPECT_EQ(std::get<OneOf>(*rules.tcb_status).values.size(), 1U);
  EXPECT_NE(text_of(corim).find("tcbstatus: another list"), std::string::npos);
}

// The attack: a vendor's text that ends a comment or a name and adds a rule of its own.
TEST(CorimImport, NoTextCanAddARule) {
  const std::string evil = "x\n[platform.evil]\ndebug = { ignore = \"r\" }\n\"";
  Corim corim = corim_of({{evil, evil, {digests("mr_td", {kFirst}), digests(evil, {kSecond})}}});
  corim.id = evil;
  corim.profile = evil;
  corim.signer = crypto::Sha256Digest{};
  corim.signer_name = evil;
  corim.left_out = {evil};
  corim.comids[0].id = evil;
  corim.comids[0].left_out = {evil};
  corim.comids[0].references[0].measurements[0].left_out = {evil};
  corim.comids[0].references[0].measurements[0].svn = CorimSvn{true, 1};
  corim.comids[0].references[0].measurements[0].registers[evil] = {kFirst};
  corim.comids[0].references[0].measurements[0].tcb_status = {evil};
  const auto text = text_of(corim);
  const auto policy = Policy::parse(as_bytes("version = 2\n" + text));
  ASSERT_TRUE(policy.ok());
  EXPECT_FALSE(policy->platforms().contains("evil"));
  EXPECT_FALSE(policy->platforms().at("intel-tdx").debug.has_value());
  ImportOptions options = tdx();
  options.platform = "a\nb";
  expect_error(corim_to_policy(corim, {}, options), Code::kNotFound, "corim.platform");
}

TEST(CorimImport, SaysWhereTheValuesAreFrom) {
  Corim corim = corim_of({{"e", "m", {digests("mr_td", {kFirst})}}});
  corim.validity = CorimValidity{Instant{0}, Instant{86400}};
  EXPECT_NE(text_of(corim).find("# unsigned: nobody vouches for them"), std::string::npos);
  EXPECT_NE(text_of(corim).find("# valid 1970-01-01T00:00:00Z to 1970-01-02T00:00:00Z"),
            std::string::npos);
  corim.signer = crypto::Sha256Digest{};
  corim.signer_name = "ACME";
  EXPECT_NE(text_of(corim).find("# signed by the key of sha256 0000"), std::string::npos);
  EXPECT_NE(text_of(corim).find(", ACME\n"), std::string::npos);
}

TEST(CorimImport, NothingToSayIsAnError) {
  expect_error(corim_to_policy(corim_of({}), {}, tdx()), Code::kNotFound, "corim.empty");
}

}  // namespace
}  // namespace claustrum::policy
