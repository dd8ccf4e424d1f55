// SPDX-License-Identifier: Apache-2.0
// The two published examples, byte for byte. RFC 9458's unchunked form exists only here: it shares
// labels, key derivation and HPKE with what we speak.
#include "claustrum/channel/ohttp.h"
#include "claustrum/crypto/test_vectors.h"

namespace claustrum::channel {
namespace {

using crypto::hex_of;

crypto::PrivateKey x25519(const codec::Json& file, std::string_view member) {
  return crypto::PrivateKey::from_raw(crypto::KeyKind::kX25519, hex_of(file, member)).value();
}

const crypto::HpkeSuite kSuite = {crypto::HpkeKem::kX25519HkdfSha256, crypto::HpkeKdf::kHkdfSha256,
                                  crypto::HpkeAead::kAes128Gcm};

TEST(OhttpVectors, Rfc9458AppendixA) {
  const auto file = crypto::shared_json("vectors/ohttp/rfc9458-appendix-a.json");
  if (!file) {
    GTEST_SKIP() << "no shared vectors";
  }
  const KeyConfig config = parse_key_config(hex_of(*file, "key_config")).value();
  EXPECT_EQ(config.key_id, 1);
  const Bytes header = ohttp_header(config.key_id, kSuite);
  const Bytes info = ohttp_info("message/bhttp request", header);
  EXPECT_EQ(info, hex_of(*file, "hpke_info"));
  auto sender = crypto::hpke_setup_sender_for_testing(kSuite, config.public_key, info,
                                                      x25519(*file, "client_ephemeral_secret_key"));
  ASSERT_TRUE(sender.ok());
  const Bytes sealed = sender->context.seal({}, hex_of(*file, "bhttp_request")).value();
  EXPECT_EQ(concat({header, sender->enc, sealed}), hex_of(*file, "encapsulated_request"));

  auto context = crypto::hpke_setup_recipient(kSuite, sender->enc,
                                              x25519(*file, "gateway_x25519_secret_key"), info);
  ASSERT_TRUE(context.ok());
  EXPECT_EQ(to_bytes(context->open({}, sealed)->reveal()), hex_of(*file, "bhttp_request"));
  const SecretBytes secret =
      context->export_secret(as_bytes("message/bhttp response"), response_nonce_len(kSuite));
  EXPECT_EQ(to_bytes(secret.reveal()), hex_of(*file, "exported_secret"));
  const Bytes response = hex_of(*file, "encapsulated_response");
  const BytesView nonce = BytesView(response).first(response_nonce_len(kSuite));
  const ResponseKeys keys = derive_response_keys(kSuite, secret, sender->enc, nonce);
  EXPECT_EQ(to_bytes(keys.base_nonce), hex_of(*file, "aead_nonce"));
  EXPECT_EQ(concat({nonce, keys.aead.seal(keys.base_nonce, {}, hex_of(*file, "bhttp_response"))}),
            response);
}

TEST(OhttpVectors, ChunkedDraftExample) {
  const auto file = crypto::shared_json("vectors/ohttp/chunked-ohttp-draft-example.json");
  if (!file) {
    GTEST_SKIP() << "no shared vectors";
  }
  const KeyConfig config = parse_key_config(hex_of(*file, "key_config")).value();
  const Bytes request = hex_of(*file, "bhttp_request");
  auto sealer = ChunkedRequestSealer::start_for_testing(
      config, kSuite, x25519(*file, "client_ephemeral_secret_key"));
  ASSERT_TRUE(sealer.ok());
  Bytes body = sealer->header();
  append(body, sealer->seal_chunk(BytesView(request).first(12)).value());
  append(body, sealer->seal_chunk(BytesView(request).subspan(12)).value());
  auto finished = std::move(*sealer).seal_final({});
  ASSERT_TRUE(finished.ok());
  append(body, finished->bytes);
  EXPECT_EQ(body, hex_of(*file, "encapsulated_request"));

  const auto key = std::make_shared<OhttpKey>(config.key_id, config.kem, config.suites,
                                              x25519(*file, "gateway_x25519_secret_key"));
  ChunkedRequestOpener opener({key});
  const auto opened = opener.feed(body);
  ASSERT_TRUE(opened.ok()) << opened.error().message();
  EXPECT_EQ(to_bytes(opened->reveal()), request);
  auto whole = std::move(opener).finish();
  ASSERT_TRUE(whole.ok());
  EXPECT_TRUE(whole->last.empty());
  const codec::Json& parts = *file->find("encapsulated_response_parts");
  ChunkedResponseSealer answer =
      std::move(whole->sealer).with_nonce_for_testing(hex_of(parts, "nonce"));
  const Bytes response = hex_of(*file, "bhttp_response");
  Bytes sealed = answer.header();
  append(sealed, answer.seal_chunk(BytesView(response).first(1)).value());
  append(sealed, answer.seal_chunk(BytesView(response).subspan(1)).value());
  append(sealed, std::move(answer).seal_final({}).value());
  EXPECT_EQ(sealed, hex_of(*file, "encapsulated_response"));

  const auto received = finished->opener.feed(sealed);
  ASSERT_TRUE(received.ok());
  EXPECT_EQ(to_bytes(received->reveal()), response);
  EXPECT_TRUE(std::move(finished->opener).finish().ok());
}

}  // namespace
}  // namespace claustrum::channel
