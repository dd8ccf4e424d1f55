// SPDX-License-Identifier: Apache-2.0
#include "claustrum/channel/key_config.h"

#include "claustrum/base/writer.h"
#include "claustrum/crypto/test_vectors.h"

namespace claustrum::channel {
namespace {

KeyConfig sample(std::uint8_t key_id) {
  return {key_id,
          crypto::HpkeKem::kX25519HkdfSha256,
          crypto::PrivateKey::generate(crypto::KeyKind::kX25519).public_key(),
          {SymmetricSuite{}, {crypto::HpkeKdf::kHkdfSha256, crypto::HpkeAead::kChaCha20Poly1305}}};
}

TEST(KeyConfigVectors, Quiche) {
  const auto file = crypto::shared_json("vectors/ohttp/ohttp-key-configs-quiche.json");
  if (!file) {
    GTEST_SKIP() << "no shared vectors";
  }
  for (const codec::Json& item : file->items()) {
    const std::string name = item.find("name")->string();
    const Bytes bytes = crypto::hex_of(item, "hex");
    if (item.find("length_prefixed")->boolean()) {
      const auto parsed = parse_key_configs(bytes);
      ASSERT_EQ(parsed.ok(), item.find("quiche_accepts")->boolean()) << name;
      if (parsed.ok()) {
        EXPECT_EQ(static_cast<std::int64_t>(parsed->size()), item.find("num_keys")->integer());
        EXPECT_EQ(parsed->front().key_id, item.find("preferred_key_id")->integer()) << name;
      }
      continue;
    }
    // The legacy form is read one configuration at a time, and only by a caller who says so.
    EXPECT_FALSE(parse_key_configs(bytes).ok()) << name;
    const bool one = item.find("num_keys")->is_null() || item.find("num_keys")->integer() == 1;
    if (one && name != "DuplicateKeyId" && name != "GetConfigForPayload") {
      EXPECT_EQ(parse_key_config(bytes).ok(), item.find("quiche_accepts")->boolean()) << name;
    } else {
      EXPECT_FALSE(parse_key_config(bytes).ok()) << name;
    }
  }
}

TEST(KeyConfig, RoundTrips) {
  const std::vector<KeyConfig> configs = {sample(1), sample(255)};
  const Bytes list = serialize_key_configs(configs);
  const auto parsed = parse_key_configs(list);
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed->size(), 2u);
  EXPECT_EQ((*parsed)[1].key_id, 255);
  EXPECT_EQ((*parsed)[1].public_key, configs[1].public_key);
  EXPECT_EQ((*parsed)[1].suites, configs[1].suites);
  EXPECT_EQ(serialize_key_configs(*parsed), list);
  EXPECT_TRUE(configs[0].offers(configs[0].preferred_suite()));
  EXPECT_FALSE(configs[0].offers({crypto::HpkeKem::kX25519HkdfSha256, crypto::HpkeKdf::kHkdfSha256,
                                  crypto::HpkeAead::kAes128Gcm}));
}

TEST(KeyConfig, EveryPrefixFails) {
  const Bytes list = serialize_key_configs({sample(1), sample(2)});
  for (std::size_t length = 0; length < list.size(); ++length) {
    const auto parsed = parse_key_configs(BytesView(list).first(length));
    // After the first whole configuration there is a shorter, valid list.
    EXPECT_EQ(parsed.ok(), length == list.size() / 2) << length;
  }
}

TEST(KeyConfig, RefusesDuplicateIds) {
  const auto twice = parse_key_configs(serialize_key_configs({sample(7), sample(7)}));
  ASSERT_FALSE(twice.ok());
  EXPECT_EQ(twice.error().code(), Code::kMalformed);
  EXPECT_EQ(twice.error().reason(), "ohttp_keys.duplicate");
  // Also of a configuration that would be skipped.
  Bytes list = serialize_key_configs({sample(7)});
  ByteWriter unknown;
  unknown.u16be(4).u8(7).u16be(0x9999).u8(0);
  append(list, unknown.view());
  EXPECT_EQ(parse_key_configs(list).error().reason(), "ohttp_keys.duplicate");
}

TEST(KeyConfig, RefusesTheWholeListForOneFault) {
  const Bytes good = serialize_key_configs({sample(1)});
  const auto verdict = [&](const Bytes& config) {
    ByteWriter more;
    more.bytes(good).u16be(static_cast<std::uint16_t>(config.size())).bytes(config);
    const auto parsed = parse_key_configs(more.view());
    return parsed.ok() ? std::string("ok") : std::string(parsed.error().reason());
  };
  Bytes config = serialize_key_config(sample(2));
  EXPECT_EQ(verdict(config), "ok");
  EXPECT_EQ(verdict({}), "ohttp_keys.list");
  EXPECT_EQ(verdict({2, 0}), "ohttp_keys.config");
  config.push_back(0);
  EXPECT_EQ(verdict(config), "ohttp_keys.config");
  config.pop_back();
  config[36] = 6;  // length of the suites, not a multiple of four
  config.resize(config.size() - 2);
  EXPECT_EQ(verdict(config), "ohttp_keys.config");
  ByteWriter off_curve;
  off_curve.u8(3).u16be(0x0010).u8(4).zeros(64).u16be(4).u16be(1).u16be(2);
  EXPECT_EQ(verdict(off_curve.view()), "ohttp_keys.public_key");
}

TEST(KeyConfig, SkipsKnownSizesWithoutAnImplementation) {
  const KemInfo* xwing = find_kem(0x647a);
  ASSERT_NE(xwing, nullptr);
  EXPECT_EQ(xwing->enc_len, 1120u);
  ByteWriter config;
  config.u8(9).u16be(0x647a).zeros(xwing->public_key_len).u16be(4).u16be(1).u16be(2);
  EXPECT_EQ(parse_key_config(config.view()).error().reason(), "ohttp_keys.none");
  ByteWriter list;
  list.u16be(static_cast<std::uint16_t>(config.size())).bytes(config.view());
  list.bytes(serialize_key_configs({sample(1)}));
  const auto parsed = parse_key_configs(list.view());
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->size(), 1u);
  EXPECT_EQ(find_kem(0x1234), nullptr);
}

}  // namespace
}  // namespace claustrum::channel
