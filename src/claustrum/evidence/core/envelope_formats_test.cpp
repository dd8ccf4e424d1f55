// SPDX-License-Identifier: Apache-2.0
// What is presented as evidence and is another thing is told what it is.
#include <gtest/gtest.h>

#include "claustrum/codec/base64.h"
#include "claustrum/codec/cbor.h"
#include "claustrum/evidence/core/envelope.h"

namespace claustrum::evidence {
namespace {

using codec::Cbor;

std::string name_of(BytesView evidence) {
  const Status status = check_evidence_format(evidence);
  if (status.ok()) {
    return "unknown";
  }
  EXPECT_EQ(status.error().code(), Code::kUnsupported);
  EXPECT_EQ(status.error().reason(), "envelope.unsupported");
  EXPECT_TRUE(status.error().text().starts_with("unsupported evidence format: "));
  return status.error().text().substr(29);
}

std::string name_of(const Cbor& value) {
  return name_of(codec::encode_cbor(value));
}

Cbor sign1(const Cbor& claims, const Cbor& header = Cbor::map({})) {
  return Cbor::array({Cbor::bytes(codec::encode_cbor(header)), Cbor::map({}),
                      Cbor::bytes(codec::encode_cbor(claims)), Cbor::bytes(Bytes(64, 1))});
}

std::string token(std::string_view header, std::string_view claims) {
  return codec::base64url_encode(as_bytes(header)) + "." +
         codec::base64url_encode(as_bytes(claims)) + ".AAAA";
}

const Cbor kEat = Cbor::map({{Cbor::integer(10), Cbor::bytes(Bytes(8, 1))}});

TEST(EnvelopeFormats, CborTokens) {
  constexpr std::string_view kEatName = "an Entity Attestation Token (CBOR Web Token)";
  EXPECT_EQ(name_of(sign1(kEat)), kEatName);
  EXPECT_EQ(name_of(Cbor::tag(18, sign1(kEat))), kEatName);
  EXPECT_TRUE(name_of(Cbor::tag(61, Cbor::tag(18, sign1(kEat)))).starts_with("a CBOR Web Token"));
  EXPECT_EQ(name_of(sign1(Cbor::map({}))), "a message signed with COSE (COSE_Sign1)");
  EXPECT_TRUE(
      name_of(sign1(kEat, Cbor::map({{Cbor::integer(3), Cbor::text("application/cmw+cbor")}})))
          .starts_with("a CMW signed with COSE"));
  EXPECT_EQ(name_of(kEat), "an unsigned EAT claims set");
  EXPECT_EQ(name_of(Cbor::tag(601, kEat)), "an unsigned CBOR claims set (UCCS)");
  EXPECT_EQ(name_of(Cbor::tag(602, kEat)), "a detached EAT bundle");
  EXPECT_EQ(name_of(Cbor::tag(907, kEat)), "an Arm CCA token");
  EXPECT_EQ(name_of(Cbor::tag(399, kEat)), "an Arm CCA token");
}

TEST(EnvelopeFormats, JsonTokens) {
  const std::string plain = token(R"({"alg":"ES256"})", R"({"iss":"x"})");
  EXPECT_EQ(unwrap_evidence(as_bytes(plain + "\n"))->container, "raw");
  EXPECT_EQ(name_of(as_bytes(plain)), "a JSON Web Token");
  EXPECT_EQ(name_of(as_bytes(token(R"({"alg":"ES256"})", R"({"eat_nonce":"x"})"))),
            "an Entity Attestation Token (JSON Web Token)");
  EXPECT_TRUE(name_of(as_bytes(token(R"({"cty":"application/cmw+json"})", "[]")))
                  .starts_with("a CMW signed"));
  EXPECT_EQ(name_of(as_bytes("eyJ.x.y")), "a JSON Web Token");
}

TEST(EnvelopeFormats, BinaryThings) {
  Bytes report(1024, 0);
  report[0] = 0x81;
  EXPECT_TRUE(name_of(report).starts_with("a TDREPORT"));
  report.push_back(0);
  EXPECT_EQ(name_of(report), "unknown");
  EXPECT_EQ(name_of(Bytes{0xff, 'T', 'C', 'G', 0x80}), "a TPM quote (TPMS_ATTEST) by itself");
  EXPECT_EQ(name_of(as_bytes("HCLA\x01")), "an Azure HCL report by itself");
  EXPECT_EQ(name_of(Bytes{0x0a, 0x96, 0x02, 0x00, 0x01, 0x00, 0x0b, 0, 5}),
            "a go-tpm-tools attestation (protobuf)");
}

TEST(EnvelopeFormats, NothingIsSaidOfTheUnknown) {
  for (const Bytes& other : {Bytes(), Bytes(1184, 2), Bytes{4, 0, 2, 0, 0x81, 0, 0, 0},
                             codec::encode_cbor(Cbor::map({})), Bytes((1 << 20) + 1, 0xff)}) {
    EXPECT_EQ(name_of(other), "unknown");
  }
  EXPECT_EQ(name_of(as_bytes("words")), "unknown");
  EXPECT_EQ(name_of(Cbor::tag(1000, kEat)), "unknown");
  EXPECT_EQ(name_of(Cbor::tag(18, kEat)), "unknown");
}

}  // namespace
}  // namespace claustrum::evidence
