// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp/vek.h"

#include <gtest/gtest.h>

#include "claustrum/evidence/snp/kds.h"
#include "claustrum/evidence/snp/roots.h"
#include "claustrum/evidence/snp/test_scene.h"

namespace claustrum::evidence::snp {
namespace {

constexpr const char* kArc = "1.3.6.1.4.1.3704.1";

// Parses a certificate with exactly these extensions of the arc (suffix, contents).
Result<VekExtensions> parse_with(std::vector<std::pair<const char*, Bytes>> extensions) {
  static const crypto::PublicKey key =
      crypto::PrivateKey::generate(crypto::KeyKind::kP384).public_key();
  crypto::CertificateSpec spec;
  spec.subject = simulator::simulated_name("SEV-VCEK");
  spec.serial = 0;
  spec.not_before = kNow;
  spec.not_after = kNow + kDay;
  for (auto& [suffix, value] : extensions) {
    spec.extensions.push_back({std::string(kArc) + suffix, false, std::move(value)});
  }
  const Result<Bytes> der =
      test_authority().issue(simulator::AmdAuthority::Signer::kAsk, spec, key);
  return parse_vek_extensions(crypto::Certificate::parse(*der).value());
}

std::string error_of(std::vector<std::pair<const char*, Bytes>> extensions) {
  const Result<VekExtensions> parsed = parse_with(std::move(extensions));
  return parsed.ok() ? "ok" : std::string(parsed.error().reason());
}

TEST(SnpVek, ReadsEveryExtension) {
  const Result<VekExtensions> e = parse_with({{".1", {2, 1, 1}},
                                              {".2", {0x16, 5, 'T', 'u', 'r', 'i', 'n'}},
                                              {".3.9", {2, 1, 1}},
                                              {".3.1", {2, 1, 2}},
                                              {".3.2", {2, 1, 3}},
                                              {".3.3", {2, 1, 4}},
                                              {".3.5", {2, 1, 5}},
                                              {".3.8", {2, 2, 0, 0xDB}},
                                              {".4", Bytes(8, 4)}});
  ASSERT_TRUE(e.ok());
  EXPECT_EQ(e->struct_version, 1U);
  EXPECT_EQ(e->product_name, "Turin");
  EXPECT_EQ(e->fmc, 1);
  EXPECT_EQ(e->bootloader, 2);
  EXPECT_EQ(e->tee, 3);
  EXPECT_EQ(e->snp, 4);
  EXPECT_FALSE(e->reserved[0].has_value());
  EXPECT_EQ(e->reserved[1], 5);
  EXPECT_EQ(e->microcode, 219);
  EXPECT_EQ(e->hwid, Bytes(8, 4));
  const codec::Json json = to_json(*e);
  EXPECT_EQ(json.find("hwid")->string(), "0404040404040404");
  EXPECT_EQ(json.find("spl4"), nullptr);
  EXPECT_EQ(json.find("spl5")->integer(), 5);
}

TEST(SnpVek, ProductLineIsTheNameWithoutItsStepping) {
  VekExtensions e;
  e.product_name = "Milan-B0";
  EXPECT_EQ(e.product(), "Milan");
  e.product_name = "Genoa";
  EXPECT_EQ(e.product(), "Genoa");
}

TEST(SnpVek, AHwidIsRawWhateverItsFirstByte) {
  for (const int first : {0x02, 0x04, 0x30, 0x16}) {
    Bytes id(64, 0x11);
    id[0] = static_cast<std::uint8_t>(first);
    id[1] = 62;
    const Result<VekExtensions> e = parse_with({{".4", id}});
    ASSERT_TRUE(e.ok());
    EXPECT_EQ(e->hwid, id);
  }
}

TEST(SnpVek, AWrappedHwidHasExactlyItsLength) {
  Bytes wrapped = {4, 64};
  append(wrapped, Bytes(64, 7));
  EXPECT_EQ(parse_with({{".4", wrapped}})->hwid, Bytes(64, 7));
  wrapped.push_back(0);
  EXPECT_EQ(error_of({{".4", wrapped}}), "snp.vek.extension");
  EXPECT_EQ(error_of({{".4", Bytes(63, 7)}}), "snp.vek.extension");
  EXPECT_EQ(error_of({{".4", Bytes()}}), "snp.vek.extension");
}

TEST(SnpVek, RefusesExtensionsNotOfTheirForm) {
  EXPECT_EQ(error_of({{".3.1", {2, 2, 1, 0}}}), "snp.vek.extension");    // 256
  EXPECT_EQ(error_of({{".3.1", {2, 1, 0xFF}}}), "snp.vek.extension");    // negative
  EXPECT_EQ(error_of({{".3.1", {2, 2, 0, 1}}}), "snp.vek.extension");    // not minimal
  EXPECT_EQ(error_of({{".3.1", {2, 1, 1, 0}}}), "snp.vek.extension");    // trailing byte
  EXPECT_EQ(error_of({{".3.1", {4, 1, 1}}}), "snp.vek.extension");       // another tag
  EXPECT_EQ(error_of({{".2", {0x0C, 1, 'M'}}}), "snp.vek.extension");    // UTF8String
  EXPECT_EQ(error_of({{".2", {0x16, 1, 0x07}}}), "snp.vek.extension");   // control character
  EXPECT_EQ(error_of({{".5", {0x16, 0}}}), "snp.vek.extension");         // empty
  EXPECT_EQ(error_of({{".1", {2, 3, 1, 0, 0}}}), "snp.vek.extension");   // 65536
  EXPECT_EQ(error_of({{".3.10", {1, 1, 0xFF}}, {".9", {5, 0}}}), "ok");  // AMD adds extensions
}

TEST(SnpKds, AddressesAreExact) {
  const Tcb tcb = {.fmc = 1, .bootloader = 1, .tee = 1, .snp = 4, .microcode = 81};
  ByteArray<64> id{};
  id[0] = 0x59;
  id[7] = 0xC1;
  EXPECT_EQ(kds_vcek_url("Turin", id, tcb),
            "https://kdsintf.amd.com/vcek/v1/Turin/59000000000000c1"
            "?fmcSPL=1&blSPL=1&teeSPL=1&snpSPL=4&ucodeSPL=81");
  EXPECT_EQ(kds_vcek_url("Genoa", BytesView(id).first(2), tcb),
            "https://kdsintf.amd.com/vcek/v1/Genoa/5900?blSPL=1&teeSPL=1&snpSPL=4&ucodeSPL=81");
  EXPECT_EQ(kds_chain_url("Milan", LeafKind::kVlek),
            "https://kdsintf.amd.com/vlek/v1/Milan/cert_chain");
}

TEST(SnpRoots, PinsAreThreeAndReal) {
  ASSERT_EQ(amd_roots().size(), 3U);
  for (const TrustedRoot& root : amd_roots()) {
    EXPECT_EQ(root.spki_sha256.size(), 32U);
    EXPECT_FALSE(root.simulated);
  }
}

TEST(SnpRoots, NoCallerRelabelsAVendorsPin) {
  const std::vector<TrustedRoot> extra = {{amd_roots()[0].spki_sha256, "mine", true}};
  const std::optional<TrustedRoot> found = find_root(amd_roots()[0].spki_sha256, extra);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->name, "ARK-Milan");
  EXPECT_FALSE(found->simulated);
  EXPECT_FALSE(find_root(Bytes(32, 1), extra).has_value());
  EXPECT_FALSE(find_root({}, extra).has_value());
}

TEST(SnpRoots, TheSimulatorsRootIsNoVendors) {
  EXPECT_FALSE(find_root(test_authority().root().spki_sha256, {}).has_value());
}

}  // namespace
}  // namespace claustrum::evidence::snp
