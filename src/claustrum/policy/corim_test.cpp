// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/corim.h"

#include <gtest/gtest.h>

#include "claustrum/crypto/cose.h"
#include "claustrum/crypto/test_authority.h"
#include "claustrum/crypto/test_vectors.h"

namespace claustrum::policy {
namespace {

using codec::Cbor;
using crypto::expect_error;
using crypto::KeyKind;
using crypto::PrivateKey;

constexpr std::string_view kType = "application/rim+cbor";

Cbor number(std::int64_t value) {
  return Cbor::integer(value);
}

Cbor map_of(std::int64_t key, Cbor value) {
  return Cbor::map({{number(key), std::move(value)}});
}

Cbor list(std::vector<Cbor> items) {
  return Cbor::array(std::move(items));
}

Cbor digest(std::int64_t algorithm, const Bytes& value) {
  return list({number(algorithm), Cbor::bytes(value)});
}

Cbor environment() {
  return map_of(0, Cbor::map({{number(1), Cbor::text("ACME")}, {number(2), Cbor::text("Milan")}}));
}

Cbor values(std::vector<std::pair<Cbor, Cbor>> entries) {
  return map_of(1, Cbor::map(std::move(entries)));
}

Bytes comid_of(Cbor measurement) {
  const Cbor reference = list({environment(), list({std::move(measurement)})});
  return encode_cbor(Cbor::map(
      {{number(1), map_of(0, Cbor::text("tag"))}, {number(4), map_of(0, list({reference}))}}));
}

Cbor good_values() {
  return values({{number(1), number(3)}, {number(2), list({digest(7, Bytes(48, 1))})}});
}

Cbor corim_map(const Bytes& comid) {
  return Cbor::map({{number(0), Cbor::text("id")},
                    {number(1), list({Cbor::tag(506, Cbor::bytes(comid))})},
                    {number(4), Cbor::map({{number(0), Cbor::tag(1, number(1000))},
                                           {number(1), Cbor::tag(1, number(2000))}})}});
}

Bytes good_corim() {
  return encode_cbor(Cbor::tag(501, corim_map(comid_of(good_values()))));
}

void expect_bad_shape(const Bytes& comid) {
  expect_error(parse_comid(comid), Code::kMalformed, "corim.shape");
}

struct Signer {
  PrivateKey key = PrivateKey::generate(KeyKind::kP256);
  crypto::Sha256Digest pin = key.public_key().spki_sha256();
  Bytes sign(BytesView payload = good_corim(), std::string_view type = kType) const {
    return crypto::sign_cose_sign1(key, type, payload);
  }
};

TEST(Corim, ReadsReferenceValues) {
  const auto corim = parse_corim(good_corim());
  ASSERT_TRUE(corim.ok()) << corim.error().message();
  EXPECT_EQ(corim->id, "id");
  EXPECT_FALSE(corim->signer.has_value());
  ASSERT_EQ(corim->comids.size(), 1U);
  const CorimReference& reference = corim->comids.front().references.at(0);
  EXPECT_EQ(reference.environment, "vendor ACME, model Milan");
  EXPECT_EQ(reference.model, "Milan");
  const CorimMeasurement& measurement = reference.measurements.at(0);
  EXPECT_EQ(measurement.digests.at(0).algorithm, "sha-384");
  EXPECT_EQ(measurement.digests.at(0).value, Bytes(48, 1));
  EXPECT_EQ(measurement.svn->value, 3);
  EXPECT_FALSE(measurement.svn->minimum);
}

TEST(Corim, AMinimumIsNotAnExactVersion) {
  const auto svn = [](Cbor value) {
    const auto comid = parse_comid(comid_of(values({{number(1), std::move(value)}})));
    EXPECT_TRUE(comid.ok());
    return *comid->references.at(0).measurements.at(0).svn;
  };
  EXPECT_TRUE(svn(Cbor::tag(553, number(5))).minimum);
  EXPECT_FALSE(svn(Cbor::tag(552, number(5))).minimum);
  EXPECT_FALSE(svn(number(5)).minimum);
  expect_bad_shape(comid_of(values({{number(1), Cbor::tag(554, number(5))}})));
  expect_bad_shape(comid_of(values({{number(1), number(-1)}})));
  expect_bad_shape(comid_of(values({{number(1), Cbor::text("5")}})));
}

TEST(Corim, KeysAreNamedAsTheyAre) {
  const auto key = [](Cbor value) {
    const auto comid = parse_comid(comid_of(Cbor::map(
        {{number(0), std::move(value)}, {number(1), *good_values().find(std::int64_t{1})}})));
    return comid.ok() ? comid->references.at(0).measurements.at(0).key : std::string("refused");
  };
  EXPECT_EQ(key(Cbor::text("mr_td")), "mr_td");
  EXPECT_EQ(key(number(700)), "700");
  EXPECT_EQ(key(Cbor::tag(111, Cbor::bytes(Bytes{0x55, 0x02, 0xc0, 0x01}))), "2.5.2.8193");
  EXPECT_EQ(key(Cbor::tag(37, Cbor::bytes(Bytes(16, 0xab)))),
            "abababab-abab-abab-abab-abababababab");
  EXPECT_EQ(key(Cbor::tag(111, Cbor::bytes(Bytes{0x55, 0x80}))), "refused");
  EXPECT_EQ(key(Cbor::tag(111, Cbor::bytes(Bytes(20, 0xff)))), "refused");
  EXPECT_EQ(key(Cbor::tag(37, Cbor::bytes(Bytes(3, 0xab)))), "refused");
  EXPECT_EQ(key(Cbor::boolean(true)), "refused");
}

TEST(Corim, WhatIsNotUnderstoodIsListed) {
  const auto comid = parse_comid(comid_of(
      values({{number(3), map_of(0, Cbor::boolean(true))}, {number(-77), Cbor::bytes(Bytes{1})}})));
  ASSERT_TRUE(comid.ok());
  const std::vector<std::string> expected = {"flags", "-77"};
  EXPECT_EQ(comid->references.at(0).measurements.at(0).left_out, expected);
  const Bytes other =
      encode_cbor(Cbor::tag(501, map_of(1, list({Cbor::tag(505, Cbor::bytes(Bytes{0xa0}))}))));
  const auto corim = parse_corim(other);
  ASSERT_TRUE(corim.ok()) << corim.error().message();
  EXPECT_EQ(corim->left_out, std::vector<std::string>{"tag 505"});
}

TEST(Corim, WrongTypesAreErrors) {
  expect_bad_shape(encode_cbor(list({})));
  expect_bad_shape(encode_cbor(map_of(1, map_of(0, Cbor::text("t")))));
  expect_bad_shape(
      encode_cbor(Cbor::map({{number(1), map_of(0, Cbor::text("t"))}, {number(4), number(1)}})));
  expect_bad_shape(encode_cbor(
      Cbor::map({{number(1), map_of(0, Cbor::text("t"))}, {number(4), map_of(0, number(1))}})));
  expect_bad_shape(encode_cbor(Cbor::map(
      {{number(1), map_of(0, Cbor::text("t"))}, {number(4), map_of(0, list({list({})}))}})));
  expect_bad_shape(
      encode_cbor(Cbor::map({{number(1), map_of(0, Cbor::text("t"))},
                             {number(4), map_of(0, list({list({environment(), list({})})}))}})));
  expect_bad_shape(comid_of(Cbor::map({})));
  expect_bad_shape(comid_of(map_of(1, number(1))));
  expect_bad_shape(comid_of(values({{number(2), number(1)}})));
  expect_bad_shape(comid_of(values({{number(2), list({number(1)})}})));
  expect_bad_shape(comid_of(values({{number(2), list({list({number(1), number(2)})})}})));
  expect_bad_shape(comid_of(values({{number(14), number(1)}})));
  expect_bad_shape(comid_of(values({{number(14), Cbor::map({{Cbor::boolean(true), list({})}})}})));
}

TEST(Corim, TheEnvelopeIsReadStrictly) {
  const auto refused = [](const Cbor& value) {
    expect_error(parse_corim(encode_cbor(value)), Code::kMalformed, "corim.shape");
  };
  refused(map_of(1, list({})));
  refused(Cbor::tag(502, corim_map(comid_of(good_values()))));
  refused(Cbor::tag(501, list({})));
  refused(Cbor::tag(501, map_of(1, list({}))));
  refused(Cbor::tag(501, map_of(1, list({number(1)}))));
  refused(Cbor::tag(501, map_of(1, list({Cbor::tag(506, number(1))}))));
  refused(Cbor::tag(501, map_of(1, list(std::vector<Cbor>(257, Cbor::tag(505, number(1)))))));
  for (const Cbor& end : {number(5), Cbor::tag(1, number(-1)), Cbor::tag(1, Cbor::text("x")),
                          Cbor::tag(1, number(253402300800))}) {
    refused(Cbor::tag(501, Cbor::map({{number(1), list({Cbor::tag(505, number(1))})},
                                      {number(4), map_of(1, end)}})));
  }
  expect_error(parse_corim(Bytes(kMaxCorimLen + 1, 0)), Code::kExhausted, "corim.limit");
  expect_error(parse_comid(Bytes(kMaxCorimLen + 1, 0)), Code::kExhausted, "corim.limit");
}

TEST(Corim, TakesASignatureByThePinnedKey) {
  const Signer signer;
  const auto corim = verify_corim(signer.sign(), signer.pin, signer.key.public_key());
  ASSERT_TRUE(corim.ok()) << corim.error().message();
  EXPECT_EQ(corim->signer, signer.pin);
  EXPECT_EQ(corim->comids.size(), 1U);
}

TEST(Corim, ASignedOneIsNotReadWithoutItsSigner) {
  expect_error(parse_corim(Signer().sign()), Code::kMismatch, "corim.signed");
}

TEST(Corim, RejectsAnotherKeyThanThePinnedOne) {
  const Signer signer;
  const Signer other;
  expect_error(verify_corim(other.sign(), signer.pin, other.key.public_key()), Code::kMismatch,
               "corim.signer");
}

TEST(Corim, RejectsASignatureOfAnotherKey) {
  const Signer signer;
  expect_error(verify_corim(Signer().sign(), signer.pin, signer.key.public_key()),
               Code::kBadSignature, "cose.signature");
}

TEST(Corim, RejectsWhatWasSignedAsSomethingElse) {
  const Signer signer;
  expect_error(verify_corim(signer.sign(good_corim(), "application/json"), signer.pin,
                            signer.key.public_key()),
               Code::kMismatch, "corim.content_type");
}

TEST(Corim, TheCertificateItCarriesIsOnlyTheKeyThatWasPinned) {
  const Signer signer;
  const crypto::Authority authority;
  const auto certificate = crypto::build_certificate(crypto::leaf_spec(), signer.key.public_key(),
                                                     authority.key, authority.alg);
  const auto message = codec::parse_cbor(signer.sign());
  ASSERT_TRUE(certificate.ok() && message.ok());
  const auto with_chain = [&](Cbor chain) {
    std::vector<Cbor> parts = *message->tagged()->as_array();
    parts[1] = map_of(33, std::move(chain));
    return encode_cbor(Cbor::tag(18, list(parts)));
  };
  const Bytes one = with_chain(Cbor::bytes(*certificate));
  EXPECT_TRUE(verify_corim(one, signer.pin, std::nullopt).ok());
  EXPECT_TRUE(
      verify_corim(with_chain(list({Cbor::bytes(*certificate)})), signer.pin, std::nullopt).ok());
  expect_error(verify_corim(one, Signer().pin, std::nullopt), Code::kMismatch, "corim.signer");
  expect_error(verify_corim(with_chain(list({})), signer.pin, std::nullopt), Code::kNotFound,
               "corim.key");
  expect_error(verify_corim(signer.sign(), signer.pin, std::nullopt), Code::kNotFound, "corim.key");
}

TEST(Corim, HasATime) {
  const auto corim = parse_corim(good_corim());
  ASSERT_TRUE(corim.ok());
  EXPECT_EQ(check_corim_time(*corim, {999}).error().reason(), "corim.not_yet_valid");
  EXPECT_TRUE(check_corim_time(*corim, {1000}).ok());
  EXPECT_TRUE(check_corim_time(*corim, {2000}).ok());
  EXPECT_EQ(check_corim_time(*corim, {2001}).error().reason(), "corim.expired");
}

TEST(Corim, EveryPrefixAndEveryFlippedBitIsRefused) {
  const Signer signer;
  const Bytes message = signer.sign();
  const crypto::PublicKey key = signer.key.public_key();
  for (std::size_t size = 0; size < message.size(); ++size) {
    EXPECT_FALSE(verify_corim(BytesView(message).first(size), signer.pin, key).ok()) << size;
  }
  for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
    Bytes changed = message;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << bit % 8));
    const auto corim = verify_corim(changed, signer.pin, key);
    // The unprotected header is not signed, and is empty here; nothing else may change.
    EXPECT_FALSE(corim.ok()) << bit;
  }
  const Bytes plain = good_corim();
  for (std::size_t size = 0; size < plain.size(); ++size) {
    EXPECT_FALSE(parse_corim(BytesView(plain).first(size)).ok()) << size;
  }
}

std::optional<Bytes> vector_file(const std::string& name) {
  const auto text = crypto::shared_text("vectors/rats/corim/" + name);
  return text ? std::optional<Bytes>(to_bytes(as_bytes(*text))) : std::nullopt;
}

TEST(Corim, OfficialUnsignedVectorsParse) {
  std::size_t references = 0;
  for (const char* name :
       {"corim-1", "corim-2", "corim-design-cd", "corim-firmware-cd", "corim-roles",
        "unsigned-good-corim", "unsigned-example-corim", "unsigned-corim-with-extensions"}) {
    const auto file = vector_file("corim/" + std::string(name) + ".cbor");
    if (!file) {
      GTEST_SKIP() << "the vectors are not here";
    }
    const auto corim = parse_corim(*file);
    ASSERT_TRUE(corim.ok()) << name << " " << corim.error().message();
    for (const Comid& comid : corim->comids) {
      references += comid.references.size();
    }
  }
  EXPECT_EQ(references, 14U);
}

TEST(Corim, OfficialSignedVectorsVerify) {
  const auto jwk = crypto::shared_json("vectors/rats/corim/corim/src/ec-p256.jwk");
  if (!jwk) {
    GTEST_SKIP() << "the vectors are not here";
  }
  const auto key =
      crypto::PublicKey::from_xy(KeyKind::kP256, *jwk->base64url_at("x"), *jwk->base64url_at("y"));
  ASSERT_TRUE(key.ok());
  for (const char* name :
       {"signed-good-corim", "signed-example-corim", "signed-corim-with-extensions"}) {
    const auto corim = verify_corim(*vector_file("corim/" + std::string(name) + ".cbor"),
                                    key->spki_sha256(), *key);
    ASSERT_TRUE(corim.ok()) << name << " " << corim.error().message();
    EXPECT_EQ(corim->signer_name, "ACME Ltd signing key");
    ASSERT_TRUE(corim->signature_validity.has_value());
    EXPECT_TRUE(check_corim_time(*corim, *parse_rfc3339("2025-06-01T00:00:00Z")).ok());
    EXPECT_EQ(check_corim_time(*corim, *parse_rfc3339("2026-06-01T00:00:00Z")).error().reason(),
              "corim.expired");
    EXPECT_EQ(check_corim_time(*corim, *parse_rfc3339("2020-06-01T00:00:00Z")).error().reason(),
              "corim.not_yet_valid");
  }
}

TEST(Corim, OfficialTagsParse) {
  for (const char* name : {"comid-1",
                           "comid-1a",
                           "comid-2",
                           "comid-2b",
                           "comid-3",
                           "comid-4",
                           "comid-5",
                           "comid-6",
                           "comid-7",
                           "comid-cend",
                           "comid-cond-endorse-series",
                           "comid-design-cd",
                           "comid-domain-dep",
                           "comid-domain-mem",
                           "comid-firmware-cd",
                           "comid-flags",
                           "comid-integrity-registers",
                           "comid-opaque-instance-id",
                           "comid-raw-value",
                           "comid-series"}) {
    const auto file = vector_file("comid/" + std::string(name) + ".cbor");
    if (!file) {
      GTEST_SKIP() << "the vectors are not here";
    }
    const auto comid = parse_comid(*file);
    EXPECT_TRUE(comid.ok()) << name << " " << comid.error().message();
  }
  const auto keys = parse_comid(*vector_file("comid/comid-3.cbor"));
  ASSERT_TRUE(keys.ok());
  const auto& list_of_keys = keys->references.at(0).measurements;
  ASSERT_EQ(list_of_keys.size(), 5U);
  EXPECT_EQ(list_of_keys[0].key, "700");
  EXPECT_EQ(list_of_keys[1].key, "my_element");
  EXPECT_EQ(list_of_keys[2].key, "2.5.2.8193");
  EXPECT_EQ(list_of_keys[3].key, "67b28b6c-34cc-40a1-9117-ab5b05911e38");
  EXPECT_EQ(list_of_keys[4].key, "");
}

TEST(Corim, OfficialVectorsOfIntelsProfile) {
  const auto file = vector_file("profile-tdx/comid_qe_refval.cbor");
  if (!file) {
    GTEST_SKIP() << "the vectors are not here";
  }
  const auto qe = parse_comid(*file);
  ASSERT_TRUE(qe.ok()) << qe.error().message();
  const CorimMeasurement& measurement = qe->references.at(0).measurements.at(0);
  EXPECT_EQ(measurement.evaluation_number, 11);
  EXPECT_EQ(measurement.tcb_status, std::vector<std::string>{"UpToDate"});
  EXPECT_EQ(measurement.registers.at("mrsigner").at(0).algorithm, "sha-256");
  const auto seam = parse_comid(*vector_file("profile-tdx/comid_seam_refval.cbor"));
  ASSERT_TRUE(seam.ok());
  EXPECT_EQ(seam->references.at(0).measurements.at(0).registers.size(), 2U);
  const auto pce = parse_comid(*vector_file("profile-tdx/comid_pce_refval.cbor"));
  ASSERT_TRUE(pce.ok());
  EXPECT_EQ(pce->references.at(0).measurements.at(0).left_out.size(), 3U);
}

}  // namespace
}  // namespace claustrum::policy
