// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/nitro/format.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/evidence/nitro/test_scene.h"

namespace claustrum::evidence::nitro {
namespace {

using codec::Cbor;
using simulator::AwsInstance;

const Scene& scene() {
  static const Scene made;
  return made;
}

Result<Document> parse_payload(BytesView payload) {
  return parse_document(scene().instance.sign_payload(Kind::kEnclave, payload));
}

Result<Document> parse_members(const Members& members) {
  return parse_payload(encode_payload(members, true));
}

Members with(std::string_view name, Cbor value) {
  Members out = scene().members();
  for (auto& [key, old] : out) {
    if (key.as_text() == name) {
      old = std::move(value);
      return out;
    }
  }
  out.emplace_back(Cbor::text(name), std::move(value));
  return out;
}

Members without(std::string_view name) {
  Members out = scene().members();
  std::erase_if(out, [name](const auto& entry) { return entry.first.as_text() == name; });
  return out;
}

void expect_fault(const Result<Document>& result, std::string_view reason,
                  const std::string& what = {}, Code code = Code::kMalformed) {
  ASSERT_FALSE(result.ok()) << what;
  EXPECT_EQ(result.error().reason(), reason) << what;
  EXPECT_EQ(result.error().code(), code) << what;
}

TEST(NitroFormat, WhatIsWrittenIsRead) {
  for (const Kind kind : {Kind::kEnclave, Kind::kTpm}) {
    for (const bool indefinite : {false, true}) {
      Document d = scene().instance.blank_document(kind);
      d.public_key = Bytes();
      d.user_data = Bytes(kMaxField, 1);
      d.indefinite_map = indefinite;
      d.tagged = indefinite;
      const Document read = parse_document(scene().instance.sign(d)).value();
      EXPECT_EQ(read.kind, kind);
      EXPECT_EQ(read.module_id, d.module_id);
      EXPECT_EQ(read.timestamp_ms, d.timestamp_ms);
      EXPECT_EQ(read.registers, d.registers);
      EXPECT_EQ(read.cabundle, d.cabundle);
      EXPECT_EQ(read.public_key, d.public_key);
      EXPECT_EQ(read.user_data, d.user_data);
      EXPECT_EQ(read.nonce, std::nullopt);
      EXPECT_EQ(read.tagged, indefinite);
      EXPECT_EQ(read.indefinite_map, indefinite);
      EXPECT_EQ(encode_payload(payload_members(read), indefinite), *read.cose.payload);
    }
  }
}

TEST(NitroFormat, EveryPartIsMalformed) {
  for (const bool tagged : {false, true}) {
    Document d = scene().document;
    d.tagged = tagged;
    const Bytes whole = scene().instance.sign(d);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      expect_fault(parse_document(BytesView(whole).first(size)), "nitro.format.envelope");
    }
  }
}

TEST(NitroFormat, EveryPartOfThePayloadIsMalformed) {
  const Bytes whole = encode_payload(scene().members(), true);
  for (std::size_t size = 0; size < whole.size(); size += 3) {
    expect_fault(parse_payload(BytesView(whole).first(size)), "nitro.format.payload");
  }
  Bytes more = whole;
  more.push_back(0);
  expect_fault(parse_payload(more), "nitro.format.payload");
}

TEST(NitroFormat, TheEnvelopeIsOneUntaggedOrTaggedArray) {
  const Bytes whole = scene().instance.sign(scene().document);
  for (const char* tag : {"d1", "d3", "d9d9f7", "d2d2"}) {
    expect_fault(parse_document(concat({codec::hex_decode(tag).value(), whole})),
                 "nitro.format.envelope", tag);
  }
  Bytes indefinite = whole;
  indefinite[0] = 0x9f;
  indefinite.push_back(0xff);
  expect_fault(parse_document(indefinite), "nitro.format.envelope");
  expect_fault(parse_document(Bytes(kMaxEvidence + 1, 0)), "nitro.format.size", {},
               Code::kExhausted);
}

TEST(NitroFormat, ThePayloadIsInTheEnvelope) {
  const Bytes header = codec::hex_decode("a1013822").value();
  const Bytes detached = codec::encode_cbor(
      Cbor::array({Cbor::bytes(header), Cbor::map({}), Cbor::null(), Cbor::bytes(Bytes(96, 1))}));
  expect_fault(parse_document(detached), "nitro.format.payload");
}

TEST(NitroFormat, SignaturesHave96Bytes) {
  const Bytes header = codec::hex_decode("a1013822").value();
  const Bytes payload = encode_payload(scene().members(), true);
  for (const std::size_t size : {0U, 95U, 97U, 104U}) {
    const Bytes evidence = codec::encode_cbor(Cbor::array(
        {Cbor::bytes(header), Cbor::map({}), Cbor::bytes(payload), Cbor::bytes(Bytes(size, 1))}));
    expect_fault(parse_document(evidence), "nitro.format.signature");
  }
}

TEST(NitroFormat, PayloadsEndAt16KiB) {
  expect_fault(parse_payload(Bytes(kMaxPayload + 1, 0)), "nitro.format.size", {}, Code::kExhausted);
  expect_fault(parse_payload(Bytes(kMaxPayload, 0)), "nitro.format.payload");
}

TEST(NitroFormat, ThePayloadIsAMap) {
  for (const char* hex : {"80", "f6", "00", "40", "9fff"}) {
    expect_fault(parse_payload(codec::hex_decode(hex).value()), "nitro.format.payload", hex);
  }
  expect_fault(parse_payload(codec::hex_decode("a0").value()), "nitro.format.registers");
}

// Two readers that disagree on which one counts would read two documents.
TEST(NitroFormat, RefusesSecondKeys) {
  for (const bool indefinite : {false, true}) {
    Members members = scene().members();
    members.push_back(members[3]);
    expect_fault(parse_payload(encode_payload(members, indefinite)), "nitro.format.payload");
  }
  // A register twice, by a head of more bytes than it needs.
  Bytes registers = codec::hex_decode("a3").value();
  for (const char* key : {"00", "01", "1801"}) {
    append(registers, codec::hex_decode(key).value());
    append(registers, codec::encode_cbor(Cbor::bytes(Bytes(48, 1))));
  }
  Bytes payload = encode_payload(without("pcrs"), false);
  payload[0] = 0xa9;
  append(payload, codec::encode_cbor(Cbor::text("pcrs")));
  append(payload, registers);
  expect_fault(parse_payload(payload), "nitro.format.payload");
}

TEST(NitroFormat, RefusesStringsInPieces) {
  Bytes payload = encode_payload(without("nonce"), true);
  payload.pop_back();
  append(payload, codec::encode_cbor(Cbor::text("nonce")));
  append(payload, codec::hex_decode("5f4101ffff").value());
  expect_fault(parse_payload(payload), "nitro.format.payload");
}

TEST(NitroFormat, TakesMapsAndListsOfEitherLength) {
  Bytes payload = encode_payload(without("pcrs"), true);
  payload.pop_back();
  append(payload, codec::encode_cbor(Cbor::text("pcrs")));
  payload.push_back(0xbf);
  for (const auto& [index, value] : scene().document.registers) {
    append(payload, codec::encode_cbor(Cbor::unsigned_integer(index)));
    append(payload, codec::encode_cbor(Cbor::bytes(value)));
  }
  append(payload, codec::hex_decode("ffff").value());
  const Verification v = scene().run_raw(scene().instance.sign_payload(Kind::kEnclave, payload));
  EXPECT_TRUE(v.claims.has_value());
}

TEST(NitroFormat, HugeCountsAreRefusedBeforeAnythingIsAllocated) {
  for (const char* hex :
       {"bbffffffffffffffff", "ba7fffffff", "bf6470637273bbffffffffffffffff", "bf6863616275",
        "bf68636162756e646c659bffffffffffffffff", "bf656e6f6e63655bffffffffffffffff"}) {
    expect_fault(parse_payload(codec::hex_decode(hex).value()), "nitro.format.payload", hex);
  }
  Bytes deep = encode_payload(without("nonce"), true);
  deep.pop_back();
  append(deep, codec::encode_cbor(Cbor::text("nonce")));
  append(deep, Bytes(8000, 0x81));
  expect_fault(parse_payload(deep), "nitro.format.payload");
}

TEST(NitroFormat, EveryMemberButTheFreeFieldsIsThere) {
  for (const char* name : {"module_id", "digest", "timestamp", "certificate", "cabundle"}) {
    expect_fault(parse_members(without(name)), "nitro.format.member", name);
  }
  expect_fault(parse_members(without("pcrs")), "nitro.format.registers");
  for (const char* name : {"public_key", "user_data", "nonce"}) {
    EXPECT_TRUE(parse_members(without(name)).ok()) << name;
  }
}

TEST(NitroFormat, OneRegisterMapOnly) {
  const Cbor registers = Cbor::map({{Cbor::unsigned_integer(0), Cbor::bytes(Bytes(48, 1))}});
  expect_fault(parse_members(with("nitrotpm_pcrs", registers)), "nitro.format.registers");
  expect_fault(parse_members(with("nitrotpm_pcrs", Cbor::null())), "nitro.format.registers");
}

TEST(NitroFormat, TextsAreTexts) {
  for (const char* name : {"module_id", "digest"}) {
    for (const Cbor& value : {Cbor::text(""), Cbor::text(std::string(kMaxModuleId + 1, 'a')),
                              Cbor::bytes(Bytes(6, 'a')), Cbor::null()}) {
      expect_fault(parse_members(with(name, value)), "nitro.format.member", name);
    }
  }
  Members members = scene().members();
  members.emplace_back(Cbor::integer(1), Cbor::integer(1));
  expect_fault(parse_members(members), "nitro.format.member");
}

TEST(NitroFormat, TimestampsAreMilliseconds) {
  for (const Cbor& value :
       {Cbor::unsigned_integer(0), Cbor::integer(-1), Cbor::unsigned_integer(253'402'300'800'000),
        Cbor::unsigned_integer(UINT64_MAX), Cbor::text("1"), Cbor::null()}) {
    expect_fault(parse_members(with("timestamp", value)), "nitro.format.timestamp");
  }
  EXPECT_TRUE(parse_members(with("timestamp", Cbor::unsigned_integer(253'402'300'799'999))).ok());
}

Cbor registers_of(std::size_t count, std::size_t size) {
  std::vector<std::pair<Cbor, Cbor>> out;
  for (std::size_t i = 0; i < count; ++i) {
    out.emplace_back(Cbor::unsigned_integer(i), Cbor::bytes(Bytes(size, 1)));
  }
  return Cbor::map(std::move(out));
}

TEST(NitroFormat, RegistersAre32AtMostAndDigests) {
  EXPECT_TRUE(parse_members(with("pcrs", registers_of(1, 48))).ok());
  EXPECT_TRUE(parse_members(with("pcrs", registers_of(32, 64))).ok());
  EXPECT_TRUE(parse_members(with("pcrs", registers_of(32, 32))).ok());
  for (const Cbor& value :
       {registers_of(0, 48), registers_of(33, 48), registers_of(16, 47), registers_of(16, 0),
        Cbor::map({{Cbor::unsigned_integer(32), Cbor::bytes(Bytes(48, 1))}}),
        Cbor::map({{Cbor::integer(-1), Cbor::bytes(Bytes(48, 1))}}),
        Cbor::map({{Cbor::text("0"), Cbor::bytes(Bytes(48, 1))}}),
        Cbor::map({{Cbor::unsigned_integer(0), Cbor::null()}}), Cbor::array({}), Cbor::null()}) {
    expect_fault(parse_members(with("pcrs", value)), "nitro.format.registers");
  }
}

TEST(NitroFormat, CertificatesHaveAtMost1024Bytes) {
  for (const Cbor& value : {Cbor::bytes({}), Cbor::bytes(Bytes(kMaxCertificate + 1, 1)),
                            Cbor::text("a"), Cbor::null()}) {
    expect_fault(parse_members(with("certificate", value)), "nitro.format.certificate");
    expect_fault(parse_members(with("cabundle", Cbor::array({value}))), "nitro.format.bundle");
  }
  EXPECT_TRUE(parse_members(with("certificate", Cbor::bytes(Bytes(kMaxCertificate, 1)))).ok());
  const std::vector<Cbor> eight(kMaxBundle, Cbor::bytes(Bytes(1, 1)));
  const std::vector<Cbor> nine(kMaxBundle + 1, Cbor::bytes(Bytes(1, 1)));
  EXPECT_TRUE(parse_members(with("cabundle", Cbor::array(eight))).ok());
  for (const Cbor& value : {Cbor::array(nine), Cbor::array({}), Cbor::map({}), Cbor::null()}) {
    expect_fault(parse_members(with("cabundle", value)), "nitro.format.bundle");
  }
}

TEST(NitroFormat, FreeFieldsHaveAtMost1024Bytes) {
  for (const char* name : {"public_key", "user_data", "nonce"}) {
    EXPECT_TRUE(parse_members(with(name, Cbor::bytes(Bytes(kMaxField, 1)))).ok());
    for (const Cbor& value : {Cbor::bytes(Bytes(kMaxField + 1, 1)), Cbor::text("a"),
                              Cbor::array({}), Cbor::boolean(false)}) {
      expect_fault(parse_members(with(name, value)), "nitro.format.field", name);
    }
  }
}

TEST(NitroFormat, UnknownMembersAreKept) {
  const Document d = parse_members(with("pcr", Cbor::map({}))).value();
  EXPECT_EQ(d.unknown_members, std::vector<std::string>({"pcr"}));
  Members many = scene().members();
  for (int i = 0; i < 15; ++i) {
    many.emplace_back(Cbor::text(std::to_string(i)), Cbor::null());
  }
  Bytes payload = encode_payload({}, true);
  payload.pop_back();
  for (const auto& [key, value] : many) {
    append(payload, codec::encode_cbor(key));
    append(payload, codec::encode_cbor(value));
  }
  payload.push_back(0xff);
  expect_fault(parse_payload(payload), "nitro.format.payload");
}

TEST(NitroFormat, ModuleIdsHaveTwoForms) {
  const auto enclave = parse_module_id("i-06fb0bf4e70d5129f-enc019a5376999041b1");
  ASSERT_TRUE(enclave.has_value());
  EXPECT_EQ(enclave->kind, Kind::kEnclave);
  EXPECT_EQ(enclave->instance, "i-06fb0bf4e70d5129f");
  EXPECT_EQ(enclave->unit, "019a5376999041b1");
  const auto tpm = parse_module_id("i-05473b8eb5f575457-tpm0000000000000000");
  ASSERT_TRUE(tpm.has_value());
  EXPECT_EQ(tpm->kind, Kind::kTpm);
  for (const char* text :
       {"", "i-", "i-06fb0bf4e70d5129f", "i-06fb0bf4e70d5129f-enc", "i-06fb0bf4e70d5129f-tpm0",
        "i-06fb0bf4e70d5129f-tpm00000000000000000", "i-06fb0bf4e70d5129F-enc01",
        "i-06fb0bf4e70d5129f-enc0G", "i-06fb0bf4e70d5129-enc01", "I-06fb0bf4e70d5129f-enc01",
        "i-06fb0bf4e70d5129f-foo01", "i-06fb0bf4e70d5129f_enc01", "i-06fb0bf4e70d5129f-enc0 ",
        "i-06fb0bf4e70d5129f-enc000000000000000000000000000000000"}) {
    EXPECT_FALSE(parse_module_id(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace claustrum::evidence::nitro
