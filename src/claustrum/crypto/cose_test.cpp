// SPDX-License-Identifier: Apache-2.0
// COSE_Sign1 against the COSE working group's examples, and one test for each refusal.
#include "claustrum/crypto/cose.h"

#include <gtest/gtest.h>

#include "claustrum/crypto/jose.h"
#include "claustrum/crypto/test_vectors.h"

namespace claustrum::crypto {
namespace {

using codec::Cbor;
using codec::Json;

const Bytes kPayload = to_bytes("payload");
const Bytes kAad = to_bytes("external");

template <typename T>
void expect_fault(const Result<T>& result, Code code, std::string_view reason) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_EQ(result.error().reason(), reason);
}

const PrivateKey& key_of(KeyKind kind) {
  static std::map<KeyKind, PrivateKey> keys;
  const auto found = keys.find(kind);
  return found != keys.end() ? found->second
                             : keys.emplace(kind, PrivateKey::generate(kind)).first->second;
}

// A message with any headers, correctly signed over them.
struct Draft {
  std::vector<std::pair<Cbor, Cbor>> protected_header = {
      {Cbor::integer(kCoseLabelAlg), Cbor::integer(kCoseEs256)}};
  std::vector<std::pair<Cbor, Cbor>> unprotected_header;
  SigAlg alg = SigAlg::kEcdsaP256Sha256;
  std::optional<Bytes> payload = kPayload;

  Cbor body() const {
    const Bytes header =
        protected_header.empty() ? Bytes() : codec::encode_cbor(Cbor::map(protected_header));
    const Bytes to_sign = codec::encode_cbor(
        Cbor::array({Cbor::text("Signature1"), Cbor::bytes(header), Cbor::bytes(kAad),
                     Cbor::bytes(payload.value_or(kPayload))}));
    const KeyKind kind = alg == SigAlg::kEcdsaP256Sha256 ? KeyKind::kP256 : KeyKind::kP384;
    return Cbor::array({Cbor::bytes(header), Cbor::map(unprotected_header),
                        payload ? Cbor::bytes(*payload) : Cbor::null(),
                        Cbor::bytes(sign(key_of(kind), alg, to_sign))});
  }
  Bytes bytes() const { return codec::encode_cbor(Cbor::tag(18, body())); }
};

Status check(BytesView message, const PublicKey& key,
             std::optional<BytesView> detached = std::nullopt) {
  CLAUSTRUM_TRY_ASSIGN(const CoseSign1 parsed, parse_cose_sign1(message, CoseTag::kRequired));
  return verify_cose_sign1(parsed, key, kAad, detached);
}
Status check(const Draft& draft) {
  return check(draft.bytes(), key_of(KeyKind::kP256).public_key());
}

TEST(CoseSign1, RoundTripsForEveryKindThatSigns) {
  for (const KeyKind kind :
       {KeyKind::kP256, KeyKind::kP384, KeyKind::kP521, KeyKind::kEd25519, KeyKind::kRsa}) {
    const Bytes message = sign_cose_sign1(key_of(kind), "text/plain", kPayload, kAad);
    EXPECT_TRUE(check(message, key_of(kind).public_key()).ok()) << to_string(kind);
    codec::CborLimits strict;
    strict.require_deterministic = true;
    const CoseSign1 parsed = parse_cose_sign1(message, CoseTag::kRequired, strict).value();
    EXPECT_EQ(parsed.payload, kPayload);
    EXPECT_EQ(parsed.protected_header.find(kCoseLabelContentType)->as_text(), "text/plain");
    EXPECT_TRUE(parsed.unprotected_header.as_map()->empty());
  }
}

TEST(CoseSign1, RefusesEveryFlippedBit) {
  const PrivateKey& key = key_of(KeyKind::kP256);
  const Bytes message = sign_cose_sign1(key, "t", kPayload, kAad);
  const PublicKey public_key = key.public_key();
  for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
    Bytes flipped = message;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(check(flipped, public_key).ok()) << bit;
  }
}

TEST(CoseSign1, RefusesEveryPrefix) {
  const Bytes message = Draft().bytes();
  for (std::size_t length = 0; length < message.size(); ++length) {
    EXPECT_FALSE(parse_cose_sign1(BytesView(message).first(length), CoseTag::kOptional).ok());
  }
  Bytes longer = message;
  longer.push_back(0);
  EXPECT_FALSE(parse_cose_sign1(longer, CoseTag::kOptional).ok());
}

TEST(CoseSign1, RefusesAnotherPayloadKeyOrAad) {
  const Bytes message = Draft().bytes();
  const CoseSign1 parsed = parse_cose_sign1(message, CoseTag::kRequired).value();
  const PublicKey key = key_of(KeyKind::kP256).public_key();
  ASSERT_TRUE(verify_cose_sign1(parsed, key, kAad).ok());
  expect_fault(verify_cose_sign1(parsed, key), Code::kBadSignature, "cose.signature");
  expect_fault(verify_cose_sign1(parsed, PrivateKey::generate(KeyKind::kP256).public_key(), kAad),
               Code::kBadSignature, "cose.signature");
  CoseSign1 changed = parsed;
  changed.payload->front() ^= 1;
  expect_fault(verify_cose_sign1(changed, key, kAad), Code::kBadSignature, "cose.signature");
}

TEST(CoseSign1, TakesTheTagItsContextDemands) {
  const Draft draft;
  const Bytes tagged = draft.bytes();
  const Bytes bare = codec::encode_cbor(draft.body());
  const Bytes wrong = codec::encode_cbor(Cbor::tag(98, draft.body()));
  const Bytes twice = codec::encode_cbor(Cbor::tag(18, Cbor::tag(18, draft.body())));
  EXPECT_TRUE(parse_cose_sign1(tagged, CoseTag::kRequired).ok());
  EXPECT_TRUE(parse_cose_sign1(tagged, CoseTag::kOptional).ok());
  EXPECT_TRUE(parse_cose_sign1(bare, CoseTag::kOptional).ok());
  EXPECT_TRUE(parse_cose_sign1(bare, CoseTag::kForbidden).ok());
  expect_fault(parse_cose_sign1(bare, CoseTag::kRequired), Code::kMalformed, "cose.tag");
  expect_fault(parse_cose_sign1(tagged, CoseTag::kForbidden), Code::kMalformed, "cose.tag");
  for (const CoseTag tag : {CoseTag::kRequired, CoseTag::kOptional, CoseTag::kForbidden}) {
    expect_fault(parse_cose_sign1(wrong, tag), Code::kMalformed, "cose.tag");
    EXPECT_FALSE(parse_cose_sign1(twice, tag).ok());
  }
}

TEST(CoseSign1, RefusesMembersOfAnotherType) {
  const std::vector<Cbor> good = *Draft().body().as_array();
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::vector<Cbor> parts = good;
    parts[i] = Cbor::integer(1);
    expect_fault(parse_cose_sign1(codec::encode_cbor(Cbor::array(parts)), CoseTag::kOptional),
                 Code::kMalformed, "cose.shape");
    parts = good;
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i));
    expect_fault(parse_cose_sign1(codec::encode_cbor(Cbor::array(parts)), CoseTag::kOptional),
                 Code::kMalformed, "cose.shape");
  }
  std::vector<Cbor> parts = good;
  parts[0] = Cbor::bytes(codec::encode_cbor(Cbor::array({})));
  expect_fault(parse_cose_sign1(codec::encode_cbor(Cbor::array(parts)), CoseTag::kOptional),
               Code::kMalformed, "cose.shape");
}

TEST(CoseSign1, RefusesALabelInBothHeaders) {
  Draft draft;
  draft.unprotected_header = {{Cbor::integer(kCoseLabelAlg), Cbor::integer(kCoseEs256)}};
  expect_fault(check(draft), Code::kMalformed, "cose.label");
  draft.unprotected_header = {{Cbor::integer(4), Cbor::bytes(kAad)}};
  EXPECT_TRUE(check(draft).ok());
}

TEST(CoseSign1, RefusesCriticalHeaders) {
  Draft draft;
  draft.protected_header.emplace_back(Cbor::integer(kCoseLabelCrit),
                                      Cbor::array({Cbor::integer(kCoseLabelAlg)}));
  expect_fault(check(draft), Code::kUnsupported, "cose.crit");
  Draft unprotected;
  unprotected.unprotected_header = {
      {Cbor::integer(kCoseLabelCrit), Cbor::array({Cbor::integer(4)})}};
  expect_fault(check(unprotected), Code::kUnsupported, "cose.crit");
}

TEST(CoseSign1, TakesTheAlgorithmFromTheProtectedHeaderOnly) {
  Draft draft;
  draft.protected_header.clear();
  draft.unprotected_header = {{Cbor::integer(kCoseLabelAlg), Cbor::integer(kCoseEs256)}};
  expect_fault(check(draft), Code::kMalformed, "cose.alg");
  draft.unprotected_header.clear();
  expect_fault(check(draft), Code::kMalformed, "cose.alg");
}

TEST(CoseSign1, RefusesUnknownAlgorithms) {
  Draft draft;
  for (const std::int64_t alg : {-999, 5, -65535, 0}) {
    draft.protected_header[0].second = Cbor::integer(alg);
    expect_fault(check(draft), Code::kUnsupported, "cose.alg");
  }
  draft.protected_header[0].second = Cbor::text("ES256");
  expect_fault(check(draft), Code::kMalformed, "cose.alg");
}

TEST(CoseSign1, RefusesAnAlgorithmForAnotherKindOfKey) {
  Draft draft;
  for (const std::int64_t alg : {kCoseEs384, kCoseEs512, kCosePs256, kCoseEdDsa}) {
    draft.protected_header[0].second = Cbor::integer(alg);
    expect_fault(check(draft), Code::kMismatch, "cose.key_kind");
  }
}

TEST(CoseSign1, TakesADetachedPayloadOnlyWhereNoneIsAttached) {
  const PublicKey key = key_of(KeyKind::kP256).public_key();
  Draft draft;
  draft.payload = std::nullopt;
  EXPECT_TRUE(check(draft.bytes(), key, BytesView(kPayload)).ok());
  expect_fault(check(draft.bytes(), key), Code::kMalformed, "cose.payload");
  expect_fault(check(draft.bytes(), key, BytesView(kAad)), Code::kBadSignature, "cose.signature");
  expect_fault(check(Draft().bytes(), key, BytesView(kPayload)), Code::kMismatch, "cose.payload");
}

TEST(CoseSign1, ReadsBothSpellingsOfTheEmptyProtectedHeader) {
  for (const Bytes& spelling : {Bytes(), Bytes{0xa0}}) {
    const Bytes message = codec::encode_cbor(
        Cbor::array({Cbor::bytes(spelling), Cbor::map({}), Cbor::null(), Cbor::bytes({})}));
    const CoseSign1 parsed = parse_cose_sign1(message, CoseTag::kOptional).value();
    EXPECT_TRUE(parsed.protected_bytes.empty());
    EXPECT_TRUE(parsed.protected_header.as_map()->empty());
  }
}

PublicKey key_of_example(const Json& key) {
  if (key.find("kty")->string() == "EC") {
    Json jwk = Json::object();
    for (const std::string_view name : {"kty", "crv", "x", "y"}) {
      jwk.set(name, *key.find(name));
    }
    return public_key_from_jwk(jwk).value();
  }
  return PublicKey::from_raw(KeyKind::kEd25519, hex_of(key, "x_hex")).value();
}

Bytes external_of(const Json& signer) {
  return signer.find("external") == nullptr ? Bytes() : hex_of(signer, "external");
}

struct Example {
  Status verdict;
  Bytes to_be_signed;
  Bytes signature;
  PublicKey key;
};

std::optional<Example> run_example(const std::string& name) {
  const std::optional<Json> example = shared_json("vectors/cose/" + name + ".json");
  if (!example) {
    return std::nullopt;
  }
  const Json& signer = *example->find("input")->find("sign0");
  const Bytes message = hex_of(*example->find("output"), "cbor");
  Example out{ok_status(),
              hex_of(*example->find("intermediates"), "ToBeSign_hex"),
              {},
              key_of_example(*signer.find("key"))};
  const Result<CoseSign1> parsed = parse_cose_sign1(message, CoseTag::kOptional);
  if (!parsed.ok()) {
    out.verdict = parsed.error();
    return out;
  }
  out.signature = parsed->signature;
  out.verdict = verify_cose_sign1(*parsed, out.key, external_of(signer));
  return out;
}

TEST(CoseVectors, AcceptTheGoodOnes) {
  for (const char* name : {"sign1-tests/sign-pass-02", "sign1-tests/sign-pass-03",
                           "ecdsa-examples/ecdsa-sig-01", "ecdsa-examples/ecdsa-sig-02",
                           "ecdsa-examples/ecdsa-sig-03", "eddsa-examples/eddsa-sig-01"}) {
    const std::optional<Example> example = run_example(name);
    if (!example) {
      GTEST_SKIP() << "shared vectors are absent";
    }
    EXPECT_TRUE(example->verdict.ok()) << name;
  }
}

TEST(CoseVectors, RefuseTheBadOnes) {
  const std::pair<const char*, std::string_view> cases[] = {
      {"sign-fail-01", "cose.tag"},       {"sign-fail-02", "cose.signature"},
      {"sign-fail-03", "cose.alg"},       {"sign-fail-04", "cose.alg"},
      {"sign-fail-06", "cose.signature"}, {"sign-fail-07", "cose.signature"},
  };
  for (const auto& [name, reason] : cases) {
    const std::optional<Example> example = run_example(std::string("sign1-tests/") + name);
    if (!example) {
      GTEST_SKIP() << "shared vectors are absent";
    }
    ASSERT_FALSE(example->verdict.ok()) << name;
    EXPECT_EQ(example->verdict.error().reason(), reason) << name;
  }
}

// Good by the letter of RFC 9052 and 9053, refused by us: an algorithm nobody signed for, and
// SHA-512 over P-256, which no format of ours uses.
TEST(CoseVectors, RefuseWhatWeDoNotSpeak) {
  const std::optional<Example> unsigned_alg = run_example("sign1-tests/sign-pass-01");
  if (!unsigned_alg) {
    GTEST_SKIP() << "shared vectors are absent";
  }
  expect_fault(unsigned_alg->verdict, Code::kMalformed, "cose.alg");
  // Its signature holds over the structure with h'' for h'a0'.
  EXPECT_TRUE(verify(unsigned_alg->key, SigAlg::kEcdsaP256Sha256, unsigned_alg->to_be_signed,
                     unsigned_alg->signature)
                  .ok());
  expect_fault(run_example("ecdsa-examples/ecdsa-sig-04")->verdict, Code::kMismatch,
               "cose.key_kind");
}

TEST(CoseVectors, RefuseMessagesWithManySigners) {
  const std::optional<Json> example = shared_json("vectors/cose/rsa-pss-examples/rsa-pss-01.json");
  if (!example) {
    GTEST_SKIP() << "shared vectors are absent";
  }
  expect_fault(parse_cose_sign1(hex_of(*example->find("output"), "cbor"), CoseTag::kOptional),
               Code::kMalformed, "cose.tag");
}

// A real statement signed PS384 under x5chain, and receipts: they must at least parse.
TEST(CoseVectors, ParseRealTransparencyStatements) {
  for (const char* name : {"uvm_0.2.10.transparent-statement.cose", "inclusion-receipt.cbor"}) {
    const std::optional<std::string> text =
        shared_text(std::string("vectors/transparency/cose-receipts/") + name);
    if (!text) {
      GTEST_SKIP() << "shared vectors are absent";
    }
    const Result<CoseSign1> parsed = parse_cose_sign1(as_bytes(*text), CoseTag::kRequired);
    EXPECT_TRUE(parsed.ok()) << name << ": " << (parsed.ok() ? "" : parsed.error().message());
  }
}

}  // namespace
}  // namespace claustrum::crypto
