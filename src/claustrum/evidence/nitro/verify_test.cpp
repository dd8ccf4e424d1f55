// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/nitro/verify.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/evidence/nitro/roots.h"
#include "claustrum/evidence/nitro/test_scene.h"

namespace claustrum::evidence::nitro {
namespace {

using codec::Cbor;
using simulator::AwsInstance;

constexpr Kind kKinds[] = {Kind::kEnclave, Kind::kTpm};

TEST(NitroVerify, AcceptsBothKindsInBothMapFormsWithAndWithoutTag) {
  for (const Kind kind : kKinds) {
    for (const bool indefinite : {false, true}) {
      for (const bool tagged : {false, true}) {
        Scene scene(kind);
        scene.document.indefinite_map = indefinite;
        scene.document.tagged = tagged;
        const Verification v = scene.run();
        expect_judged(v, "simulated", "simulated.no_protection");
        ASSERT_TRUE(v.claims.has_value());
        EXPECT_EQ(v.platform, kind == Kind::kTpm ? "aws-nitrotpm" : "aws-nitro");
        const codec::Json& details = (*v.claims)->details;
        EXPECT_EQ(details.find("payload_map")->string(),
                  indefinite ? "indefinite-length" : "definite-length");
        EXPECT_EQ(details.find("cose_tag18")->boolean(), tagged);
      }
    }
  }
}

TEST(NitroVerify, ClaimsAreTheDocuments) {
  Scene scene;
  scene.document.registers[16] = Bytes(48, 7);
  scene.document.public_key = Bytes(kMaxField, 1);
  scene.document.user_data = Bytes(kMaxField, 2);
  scene.document.nonce = Bytes(kMaxField, 3);
  const Verification v = scene.run();
  ASSERT_TRUE(v.claims.has_value());
  const Claims& claims = **v.claims;
  EXPECT_EQ(claims.platform, "aws-nitro");
  EXPECT_EQ(claims.product, "Nitro Enclave");
  EXPECT_TRUE(claims.simulated);
  EXPECT_EQ(claims.root_spki_sha256, test_authority().root().spki_sha256);
  EXPECT_FALSE(claims.debug);
  EXPECT_EQ(claims.measurements.at("PCR0"), scene.document.registers.at(0));
  EXPECT_EQ(claims.measurements.at("PCR16"), Bytes(48, 7));
  const codec::Json& details = claims.details;
  EXPECT_EQ(details.find("module_id")->string(), scene.document.module_id);
  EXPECT_EQ(details.find("instance_id")->string(), "i-051a0000000000001");
  EXPECT_EQ(details.find("region")->string(), "us-east-1");
  EXPECT_EQ(details.find("timestamp_ms")->integer(), (kNow.seconds - 59) * 1000 + 500);
  EXPECT_EQ(details.find("public_key")->string(), codec::hex_encode(Bytes(kMaxField, 1)));
  EXPECT_EQ(details.find("user_data")->string(), codec::hex_encode(Bytes(kMaxField, 2)));
  EXPECT_EQ(details.find("nonce")->string(), codec::hex_encode(Bytes(kMaxField, 3)));
  EXPECT_EQ(details.find("pcrs")->members().size(), 17U);
  EXPECT_EQ(details.find("nitrotpm_pcrs"), nullptr);
}

TEST(NitroVerify, AbsentAndEmptyFieldsAreDifferent) {
  Scene scene;
  scene.document.user_data = Bytes();
  const Verification v = scene.run();
  ASSERT_TRUE(v.claims.has_value());
  EXPECT_EQ((*v.claims)->details.find("user_data")->string(), "");
  EXPECT_TRUE((*v.claims)->details.find("nonce")->is_null());
}

// A register nobody extended needs no rule in a policy; one that somebody extended does.
TEST(NitroVerify, RegistersAtRestAreNoMeasurements) {
  const auto names = [](const Scene& scene) {
    std::set<std::string> out;
    const Verification v = scene.run();
    for (const auto& entry : (*v.claims)->measurements) {
      out.insert(entry.first);
    }
    return out;
  };
  Scene enclave;
  const std::set<std::string> fixed = {"PCR0", "PCR1", "PCR2", "PCR3", "PCR4", "PCR8"};
  EXPECT_EQ(names(enclave), fixed);
  enclave.document.registers[5] = Bytes(48, 1);
  EXPECT_TRUE(names(enclave).contains("PCR5"));
  Scene tpm(Kind::kTpm);
  EXPECT_EQ(names(tpm).size(), 16U);
  EXPECT_TRUE(names(tpm).contains("PCR15"));
  tpm.document.registers[17] = Bytes(48, 0);
  tpm.document.registers[23] = Bytes(48, 0xff);
  EXPECT_TRUE(names(tpm).contains("PCR17"));
  EXPECT_TRUE(names(tpm).contains("PCR23"));
}

// [PROTOCOL 1]
TEST(NitroVerify, LaunchDataIsInARegister) {
  Scene enclave;
  EXPECT_EQ((*enclave.run().claims)->host_data, Bytes(48, 0));
  enclave.document.registers[16] = Bytes(48, 6);
  EXPECT_EQ((*enclave.run().claims)->host_data, Bytes(48, 6));
  const Scene tpm(Kind::kTpm);
  EXPECT_EQ((*tpm.run().claims)->host_data, tpm.document.registers.at(8));
}

// [PROTOCOL 2] user_data, with nonce and public_key null.
TEST(NitroVerify, ABindingStandsAloneInUserData) {
  const Bytes binding(64, 9);
  Scene scene;
  scene.document.user_data = binding;
  EXPECT_EQ((*scene.run().claims)->report_data, binding);
  scene.document.nonce = Bytes(1, 1);
  EXPECT_TRUE((*scene.run().claims)->report_data.empty());
  scene.document.nonce.reset();
  scene.document.public_key = Bytes();
  EXPECT_TRUE((*scene.run().claims)->report_data.empty());
}

TEST(NitroVerify, RevocationIsNotOffered) {
  for (const Kind kind : kKinds) {
    const Verification v = Scene(kind).run();
    EXPECT_EQ(v.factors.find("revocation")->status, FactorStatus::kNotOffered);
    EXPECT_EQ(v.factors.find("collateral-current")->status, FactorStatus::kNotOffered);
  }
}

TEST(NitroVerify, ARootNamedAsRealIsNotCalledSimulated) {
  Scene scene;
  scene.roots[0].simulated = false;
  const Verification v = scene.run();
  EXPECT_EQ(v.factors.find("simulated")->status, FactorStatus::kPass);
  EXPECT_FALSE((*v.claims)->simulated);
}

TEST(NitroVerify, NoCallerRelabelsAwsRoot) {
  const Bytes aws = aws_roots()[0].spki_sha256;
  const TrustedRoot relabelled = {aws, "another", true};
  EXPECT_FALSE(find_root(aws, std::span(&relabelled, 1))->simulated);
}

Verification with_header(const Scene& scene, std::string_view protected_hex,
                         const Cbor& unprotected) {
  const Bytes header = codec::hex_decode(protected_hex).value();
  const Bytes payload = encode_payload(scene.members(), true);
  return scene.run_raw(AwsInstance::seal(scene.instance.leaf_key(scene.document.kind), header,
                                         unprotected, payload));
}

TEST(NitroVerify, TheAlgorithmIsEs384InTheProtectedHeader) {
  const Scene scene;
  EXPECT_TRUE(with_header(scene, "a1013822", Cbor::map({})).claims.has_value());
  // none, ES256, ES512, EdDSA, PS384, "ES384"
  for (const char* header :
       {"", "a0", "a10126", "a1013823", "a10127", "a1013825", "a101654553333834"}) {
    const Verification v = with_header(scene, header, Cbor::map({}));
    EXPECT_EQ(reason_of(v, "format"), "nitro.format.algorithm") << header;
    EXPECT_FALSE(v.claims.has_value());
    EXPECT_FALSE(v.unsupported);
  }
}

TEST(NitroVerify, AnAlgorithmOutsideTheProtectedHeaderIsWorthless) {
  const Scene scene;
  const Cbor alg = Cbor::map({{Cbor::integer(1), Cbor::integer(-35)}});
  const Verification v = with_header(scene, "", alg);
  EXPECT_EQ(reason_of(v, "format"), "nitro.format.algorithm");
  EXPECT_FALSE(v.claims.has_value());
}

TEST(NitroVerify, RefusesFurtherProtectedHeaders) {
  const Scene scene;
  const Verification v = with_header(scene, "a20138220440", Cbor::map({}));
  expect_not_authentic(v, "format", "nitro.format.protected");
  EXPECT_TRUE(v.unsupported);
}

TEST(NitroVerify, RefusesUnprotectedHeaders) {
  const Scene scene;
  const Cbor kid = Cbor::map({{Cbor::integer(4), Cbor::bytes({})}});
  const Verification v = with_header(scene, "a1013822", kid);
  expect_not_authentic(v, "format", "nitro.format.unprotected");
  // Anybody can add one: no reason to call the document one of a form to come.
  EXPECT_FALSE(v.unsupported);
}

TEST(NitroVerify, RefusesOtherDigests) {
  for (const char* digest : {"SHA256", "SHA512", "sha384", "SHA384 "}) {
    Scene scene;
    scene.document.digest = digest;
    const Verification v = scene.run();
    expect_not_authentic(v, "format", "nitro.format.digest");
    EXPECT_TRUE(v.unsupported);
  }
}

TEST(NitroVerify, AnUnknownMemberIsUnsupportedOnlyBehindItsSignature) {
  const Scene scene;
  Members members = scene.members();
  members.emplace_back(Cbor::text("pcrs2"), Cbor::map({}));
  const Verification v = scene.run_members(members);
  expect_not_authentic(v, "format", "nitro.format.unknown_member");
  EXPECT_TRUE(v.unsupported);
  const Scene other;
  const Verification forged =
      scene.run_raw(other.instance.sign_payload(Kind::kEnclave, encode_payload(members, true)));
  EXPECT_FALSE(forged.claims.has_value());
  EXPECT_FALSE(forged.unsupported);
}

TEST(NitroVerify, ANitroTpmIsNoEnclave) {
  for (const Kind kind : kKinds) {
    Scene scene(kind);
    scene.wanted = kind == Kind::kTpm ? Kind::kEnclave : Kind::kTpm;
    const Verification v = scene.run();
    expect_not_authentic(v, "platform", "nitro.platform.kind");
    EXPECT_FALSE(v.malformed);
    EXPECT_FALSE(v.unsupported);
    EXPECT_EQ(v.factors.find("debug")->status, FactorStatus::kNotReached);
  }
}

// A module id of the other kind under certificates that agree with it.
TEST(NitroVerify, TheModuleIdNamesTheKindToo) {
  Scene scene;
  scene.document.module_id = scene.instance.module_id(Kind::kTpm);
  crypto::CertificateSpec spec = scene.spec_of(Place::kLeaf);
  spec.subject = simulator::simulated_name(scene.document.module_id + ".us-east-1.aws");
  spec.long_serial = Bytes(16, 0);
  scene.reissue(Place::kLeaf, spec);
  expect_not_authentic(scene.run(), "platform", "nitro.platform.module_id");
  Scene tpm(Kind::kTpm);
  tpm.document.module_id = tpm.instance.module_id(Kind::kEnclave);
  spec = tpm.spec_of(Place::kLeaf);
  spec.subject = simulator::simulated_name(tpm.document.module_id + ".us-east-1.aws");
  tpm.reissue(Place::kLeaf, spec);
  expect_not_authentic(tpm.run(), "platform", "nitro.platform.module_id");
}

TEST(NitroVerify, RefusesModuleIdsThatAreNone) {
  for (const char* id : {"i-051a0000000000001", "i-051a0000000000001-enc", "x", "i-",
                         "i-051a0000000000001-foo01951a0000000001"}) {
    Scene scene;
    scene.document.module_id = id;
    const Verification v = scene.run();
    EXPECT_EQ(reason_of(v, "platform"), "nitro.platform.module_id") << id;
    EXPECT_FALSE(v.claims.has_value());
  }
}

TEST(NitroVerify, RejectsAnotherKeysSignature) {
  const Scene scene;
  const Scene other;
  expect_not_authentic(scene.run_raw(other.instance.sign(scene.document)), "signature",
                       "nitro.signature.invalid");
}

TEST(NitroVerify, RejectsAChangedPayload) {
  const Scene scene;
  Bytes evidence = scene.instance.sign(scene.document);
  const Bytes register0 = scene.document.registers.at(0);
  const auto at = std::search(evidence.begin(), evidence.end(), register0.begin(), register0.end());
  ASSERT_NE(at, evidence.end());
  *at ^= 1;
  expect_not_authentic(scene.run_raw(evidence), "signature", "nitro.signature.invalid");
}

void rename_leaf(Scene& scene, const std::string& cn) {
  crypto::CertificateSpec spec = scene.spec_of(Place::kLeaf);
  spec.subject = simulator::simulated_name(cn);
  scene.reissue(Place::kLeaf, spec);
}

TEST(NitroVerify, TheLeafNamesTheModule) {
  for (const Kind kind : kKinds) {
    const std::string id = Scene(kind).document.module_id;
    for (const std::string& cn :
         {std::string("i-051a0000000000001-enc01951a0000000002.us-east-1.aws"),
          "x" + id + ".us-east-1.aws", id + "0.us-east-1.aws", id + ".us-east-1.aws.nitro",
          id + ".aws", id + "..aws", id + ".us east.aws", std::string("a")}) {
      Scene scene(kind);
      rename_leaf(scene, cn);
      const Verification v = scene.run();
      EXPECT_EQ(reason_of(v, "identity"), "nitro.identity.leaf_name") << cn;
      EXPECT_FALSE(v.claims.has_value());
    }
  }
}

TEST(NitroVerify, TheInstanceCaNamesTheInstance) {
  for (const char* cn :
       {"i-051a0000000000002.us-east-1.aws.nitro-enclaves", "i-051a0000000000001.us-east-1.aws",
        "xi-051a0000000000001.us-east-1.aws.nitro-enclaves",
        "i-051a0000000000001.us-west-2.aws.nitro-enclaves"}) {
    Scene scene;
    crypto::CertificateSpec spec = scene.spec_of(Place::kInstance);
    spec.subject = simulator::simulated_name(cn);
    scene.reissue(Place::kInstance, spec);
    crypto::CertificateSpec leaf = scene.spec_of(Place::kLeaf);
    leaf.issuer = spec.subject;
    scene.reissue(Place::kLeaf, leaf);
    expect_not_authentic(scene.run(), "identity", "nitro.identity.instance_name");
  }
}

// Both names that carry a region below the CAs moved to another one.
TEST(NitroVerify, EveryCaIsOfTheLeafsRegion) {
  Scene scene;
  crypto::CertificateSpec spec = scene.spec_of(Place::kInstance);
  spec.subject = simulator::simulated_name("i-051a0000000000001.us-east-2.aws.nitro-enclaves");
  scene.reissue(Place::kInstance, spec);
  crypto::CertificateSpec leaf = scene.spec_of(Place::kLeaf);
  leaf.issuer = spec.subject;
  leaf.subject = simulator::simulated_name(scene.document.module_id + ".us-east-2.aws");
  scene.reissue(Place::kLeaf, leaf);
  expect_not_authentic(scene.run(), "identity", "nitro.identity.region");
}

TEST(NitroVerify, TheRegionalCaIsOfThatRegionToo) {
  Scene scene;
  crypto::CertificateSpec regional = scene.spec_of(Place::kRegional);
  regional.subject = simulator::simulated_name("51a0000000000001.us-east-2.aws.nitro-enclaves");
  scene.reissue(Place::kRegional, regional);
  crypto::CertificateSpec zonal = scene.spec_of(Place::kZonal);
  zonal.issuer = regional.subject;
  scene.reissue(Place::kZonal, zonal);
  expect_not_authentic(scene.run(), "identity", "nitro.identity.region");
}

TEST(NitroVerify, TheSerialBeginsWithTheEnclaveId) {
  Scene scene;
  crypto::CertificateSpec spec = scene.spec_of(Place::kLeaf);
  spec.long_serial[7] ^= 1;
  scene.reissue(Place::kLeaf, spec);
  expect_not_authentic(scene.run(), "identity", "nitro.identity.serial");
  spec.long_serial[7] ^= 1;
  spec.long_serial.push_back(0);  // the id, but not where it belongs
  spec.long_serial.insert(spec.long_serial.begin(), 1);
  scene.reissue(Place::kLeaf, spec);
  expect_not_authentic(scene.run(), "identity", "nitro.identity.serial");
}

TEST(NitroVerify, AnEnclaveIdMayBeginWithZeros) {
  simulator::AwsInstanceSpec spec = test_instance_spec();
  spec.enclave_id = "0000000000000001";
  EXPECT_TRUE(Scene(Kind::kEnclave, spec).run().claims.has_value());
}

TEST(NitroVerify, RegistersAreSha384) {
  for (const Kind kind : kKinds) {
    for (const std::size_t size : {32U, 64U}) {
      Scene scene(kind);
      scene.document.registers[7] = Bytes(size, 1);
      expect_not_authentic(scene.run(), "registers", "nitro.registers.length");
    }
  }
}

TEST(NitroVerify, NoFixedRegisterIsLeftOut) {
  for (const Kind kind : kKinds) {
    for (unsigned i = 0; i < (kind == Kind::kTpm ? 24U : 16U); ++i) {
      Scene scene(kind);
      scene.document.registers.erase(i);
      expect_not_authentic(scene.run(), "registers", "nitro.registers.missing");
    }
  }
}

TEST(NitroVerify, Pcr4IsTheInstances) {
  Scene scene;
  scene.document.registers[4] = simulator::extended_register(as_bytes("i-051a0000000000002"));
  expect_not_authentic(scene.run(), "registers", "nitro.registers.instance");
  scene.document.registers[4] = Bytes(48, 0);
  expect_not_authentic(scene.run(), "registers", "nitro.registers.instance");
  // A NitroTPM's PCR4 is the boot loader's.
  Scene tpm(Kind::kTpm);
  tpm.document.registers[4] = Bytes(48, 3);
  EXPECT_TRUE(tpm.run().claims.has_value());
}

TEST(NitroVerify, DocumentsAreMadeWhileTheirLeafIsValid) {
  Scene scene;
  const std::int64_t begin = kNow.seconds - 60;
  const std::int64_t end = begin + 3 * 3600 + 3;
  scene.now = Instant{end};
  for (const std::int64_t second : {begin - 1, end + 1}) {
    scene.document.timestamp_ms = static_cast<std::uint64_t>(second) * 1000;
    expect_not_authentic(scene.run(), "timestamp", "nitro.timestamp.leaf");
  }
  for (const std::int64_t second : {begin, end}) {
    scene.document.timestamp_ms = static_cast<std::uint64_t>(second) * 1000 + 999;
    EXPECT_TRUE(scene.run().claims.has_value());
  }
}

TEST(NitroVerify, DocumentsAreNotFromTheFuture) {
  Scene scene;
  scene.document.timestamp_ms = static_cast<std::uint64_t>(kNow.seconds + 300) * 1000;
  EXPECT_TRUE(scene.run().claims.has_value());
  scene.document.timestamp_ms += 1000;
  expect_not_authentic(scene.run(), "timestamp", "nitro.timestamp.future");
}

TEST(NitroVerify, DebugModeShowsAsZeroRegisters) {
  for (const unsigned zero : {0U, 1U, 2U}) {
    Scene scene;
    scene.document.registers[zero] = Bytes(48, 0);
    const Verification v = scene.run();
    expect_judged(v, "debug", "nitro.debug.enabled");
    EXPECT_TRUE((*v.claims)->debug);
    EXPECT_TRUE((*v.claims)->details.find("debug")->boolean());
  }
}

TEST(NitroVerify, ANitroTpmHasNoDebugMode) {
  Scene scene(Kind::kTpm);
  scene.document.registers[0] = Bytes(48, 0);
  const Verification v = scene.run();
  expect_judged(v, "simulated", "simulated.no_protection");
  EXPECT_EQ(v.factors.find("debug")->status, FactorStatus::kNotOffered);
  EXPECT_FALSE((*v.claims)->debug);
}

TEST(NitroVerify, NothingIsSaidOfDebugBeforeAuthenticity) {
  Scene scene;
  const Scene other;
  scene.document.registers[0] = Bytes(48, 0);
  const Verification v = scene.run_raw(other.instance.sign(scene.document));
  EXPECT_EQ(v.factors.find("debug")->status, FactorStatus::kNotReached);
  EXPECT_EQ(v.factors.list().size(), 13U);
}

TEST(NitroVerify, WhatIsNoDocumentIsMalformed) {
  const Scene scene;
  Bytes evidence = scene.instance.sign(scene.document);
  evidence.push_back(0);
  const Verification v = scene.run_raw(evidence);
  EXPECT_TRUE(v.malformed);
  EXPECT_EQ(reason_of(v, "format"), "nitro.format.envelope");
  EXPECT_EQ(v.factors.find("signature")->status, FactorStatus::kNotReached);
  EXPECT_EQ(v.factors.list().size(), 13U);
  EXPECT_FALSE(v.unverified_claims.has_value());
}

TEST(NitroVerify, AWarmCacheKeepsEveryCheck) {
  IssuerCache cache;
  Scene scene;
  scene.issuers = &cache;
  EXPECT_TRUE(scene.run().claims.has_value());
  EXPECT_EQ(cache.signatures(), 5U);
  EXPECT_EQ(cache.certificates(), 5U);
  EXPECT_TRUE(scene.run().claims.has_value());
  scene.now = kNow + kDay;
  expect_not_authentic(scene.run(), "validity", "nitro.validity.expired");
  scene.now = kNow;
  scene.roots.clear();
  expect_not_authentic(scene.run(), "root", "nitro.root.untrusted");
}

TEST(NitroVerify, TheRegisterMapNamesThePlatform) {
  const Scene enclave;
  const Scene tpm(Kind::kTpm);
  EXPECT_EQ(platform_of(enclave.instance.sign(enclave.document)), kPlatform);
  EXPECT_EQ(platform_of(tpm.instance.sign(tpm.document)), kTpmPlatform);
  EXPECT_EQ(platform_of({}), "");
  EXPECT_EQ(platform_of(Bytes(2000, 0x84)), "");
}

TEST(NitroVerify, ADamagedDocumentStillNamesItsPlatform) {
  for (const Kind kind : kKinds) {
    Scene scene(kind);
    for (const bool tagged : {false, true}) {
      scene.document.tagged = tagged;
      Bytes evidence = scene.instance.sign(scene.document);
      evidence.resize(evidence.size() / 2);
      EXPECT_EQ(platform_of(evidence), kind == Kind::kTpm ? kTpmPlatform : kPlatform);
      evidence[0] ^= 1;
      EXPECT_EQ(platform_of(evidence), "");
    }
  }
}

}  // namespace
}  // namespace claustrum::evidence::nitro
