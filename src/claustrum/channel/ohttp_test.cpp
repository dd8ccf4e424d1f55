// SPDX-License-Identifier: Apache-2.0
// Chunked OHTTP between a client and a gateway with a host in between that cuts, reorders, replays
// and relabels what it carries.
#include "claustrum/channel/ohttp.h"

#include "claustrum/base/writer.h"

namespace claustrum::channel {
namespace {

// One exchange up to the point where the gateway may answer.
struct Exchange {
  std::shared_ptr<OhttpKey> key = OhttpKey::generate(3);
  std::optional<ChunkedResponseOpener> client;
  std::optional<ChunkedResponseSealer> gateway;

  explicit Exchange(const OhttpLimits& response_limits = {}) {
    auto sealed = seal_request(key->config(), as_bytes("question"), response_limits);
    client.emplace(std::move(sealed->opener));
    ChunkedRequestOpener opener({key});
    EXPECT_TRUE(opener.feed(sealed->body).ok());
    auto opened = std::move(opener).finish();
    EXPECT_EQ(as_text(opened->last.reveal()), "question");
    gateway.emplace(std::move(opened->sealer));
  }
};

// What a gateway holding `key` says to a whole body: "ok", or the first reason.
std::string gateway_verdict(const OhttpKeys& keys, BytesView body, std::size_t step = 1 << 20,
                            const OhttpLimits& limits = {}) {
  ChunkedRequestOpener opener(keys, limits);
  while (!body.empty()) {
    const std::size_t take = std::min(step, body.size());
    const auto fed = opener.feed(body.first(take));
    if (!fed.ok()) {
      return std::string(fed.error().reason());
    }
    body = body.subspan(take);
  }
  const auto done = std::move(opener).finish();
  return done.ok() ? "ok" : std::string(done.error().reason());
}

std::string client_verdict(ChunkedResponseOpener opener, BytesView body) {
  const auto fed = opener.feed(body);
  if (!fed.ok()) {
    return std::string(fed.error().reason());
  }
  const auto done = std::move(opener).finish();
  return done.ok() ? "ok" : std::string(done.error().reason());
}

Bytes request_body(const KeyConfig& config) {
  return seal_request(config, as_bytes("question"))->body;
}

TEST(Ohttp, CarriesLongMessagesInAnyPieces) {
  const auto key = OhttpKey::generate(9);
  Bytes message(50'000);
  for (std::size_t i = 0; i < message.size(); ++i) {
    message[i] = static_cast<std::uint8_t>(i * 7);
  }
  for (const std::size_t step : {std::size_t{1}, std::size_t{1000}, std::size_t{1} << 20}) {
    auto sealed = seal_request(key->config(), message);
    ASSERT_TRUE(sealed.ok());
    ChunkedRequestOpener opener({OhttpKey::generate(1), key});
    Bytes plaintext;
    for (std::size_t at = 0; at < sealed->body.size(); at += step) {
      const std::size_t take = std::min(step, sealed->body.size() - at);
      const auto piece = opener.feed(BytesView(sealed->body).subspan(at, take));
      ASSERT_TRUE(piece.ok()) << piece.error().message();
      append(plaintext, piece->reveal());
    }
    auto opened = std::move(opener).finish();
    ASSERT_TRUE(opened.ok());
    append(plaintext, opened->last.reveal());
    EXPECT_EQ(plaintext, message);
  }
}

TEST(Ohttp, StreamsAnswersAndKnowsTheirEnd) {
  Exchange exchange;
  auto& opener = *exchange.client;
  EXPECT_TRUE(opener.feed(exchange.gateway->header())->empty());
  EXPECT_EQ(as_text(opener.feed(exchange.gateway->seal_chunk(as_bytes("to")).value())->reveal()),
            "to");
  const Bytes second = exchange.gateway->seal_chunk(as_bytes("ken")).value();
  EXPECT_TRUE(opener.feed(BytesView(second).first(5))->empty());
  EXPECT_EQ(as_text(opener.feed(BytesView(second).subspan(5))->reveal()), "ken");
  const Bytes last = std::move(*exchange.gateway).seal_final(as_bytes("end")).value();
  EXPECT_TRUE(opener.feed(last)->empty());
  const auto end = std::move(opener).finish();
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(as_text(end->reveal()), "end");
}

TEST(Ohttp, RefusesReplay) {
  const auto key = OhttpKey::generate(3);
  const Bytes body = request_body(key->config());
  EXPECT_EQ(gateway_verdict({key}, body), "ok");
  EXPECT_EQ(gateway_verdict({key}, body), "ohttp.replay");
  EXPECT_EQ(gateway_verdict({key}, body, 1), "ohttp.replay");
  EXPECT_EQ(key->replay().size(), 1u);
}

TEST(Ohttp, ForgedRequestsDoNotFillTheMemory) {
  const auto key = OhttpKey::generate(3);
  Bytes body = request_body(key->config());
  body.back() ^= 1;
  EXPECT_EQ(gateway_verdict({key}, body), "ohttp.chunk");
  EXPECT_EQ(key->replay().size(), 0u);
  body.back() ^= 1;
  EXPECT_EQ(gateway_verdict({key}, body), "ok");
}

TEST(Ohttp, RetiresASpentKey) {
  const auto key =
      std::make_shared<OhttpKey>(std::uint8_t{1}, crypto::HpkeKem::kX25519HkdfSha256,
                                 std::vector<SymmetricSuite>{SymmetricSuite{}},
                                 crypto::PrivateKey::generate(crypto::KeyKind::kX25519), 2);
  EXPECT_EQ(gateway_verdict({key}, request_body(key->config())), "ok");
  EXPECT_EQ(gateway_verdict({key}, request_body(key->config())), "ok");
  EXPECT_EQ(gateway_verdict({key}, request_body(key->config())), "ohttp.key_spent");
}

TEST(Ohttp, RefusesAnUnknownKeyId) {
  const auto key = OhttpKey::generate(3);
  KeyConfig other = key->config();
  other.key_id = 4;  // the right key under the wrong name
  const Bytes body = request_body(other);
  EXPECT_EQ(gateway_verdict({key}, body), "ohttp.key_id");
  ChunkedRequestOpener opener({key});
  EXPECT_EQ(opener.feed(body).error().code(), Code::kNotFound);
}

TEST(Ohttp, RefusesASuiteItDidNotOffer) {
  const auto key = OhttpKey::generate(3);
  KeyConfig other = key->config();
  other.suites = {{crypto::HpkeKdf::kHkdfSha256, crypto::HpkeAead::kAes128Gcm}};
  ChunkedRequestOpener opener({key});
  const auto fed = opener.feed(request_body(other));
  ASSERT_FALSE(fed.ok());
  EXPECT_EQ(fed.error().code(), Code::kUnsupported);
  EXPECT_EQ(fed.error().reason(), "ohttp.suite");
  Bytes unknown = request_body(key->config());
  unknown[6] = 0x77;
  EXPECT_EQ(gateway_verdict({key}, unknown), "ohttp.suite");
}

TEST(Ohttp, AuthenticatesTheHeader) {
  // Two ids for one key: relabelling a request must not make it another.
  crypto::PrivateKey secret = crypto::PrivateKey::generate(crypto::KeyKind::kX25519);
  const auto twin = [&](std::uint8_t id) {
    return std::make_shared<OhttpKey>(
        id, crypto::HpkeKem::kX25519HkdfSha256, std::vector<SymmetricSuite>{SymmetricSuite{}},
        crypto::PrivateKey::from_raw(crypto::KeyKind::kX25519, secret.raw().reveal()).value());
  };
  const auto one = twin(1);
  const auto two = twin(2);
  Bytes body = request_body(one->config());
  body[0] = 2;
  EXPECT_EQ(gateway_verdict({one, two}, body), "ohttp.chunk");
}

TEST(Ohttp, EveryPrefixOfARequestFails) {
  const auto key = OhttpKey::generate(3);
  auto sealer = ChunkedRequestSealer::start(key->config());
  Bytes body = sealer->header();
  append(body, sealer->seal_chunk(as_bytes("one")).value());
  append(body, sealer->seal_chunk(as_bytes("two")).value());
  const std::size_t mark = body.size();
  append(body, std::move(*sealer).seal_final(as_bytes("three"))->bytes);
  for (std::size_t length = 0; length < body.size(); ++length) {
    const auto fresh = std::make_shared<OhttpKey>(
        std::uint8_t{3}, key->config().kem, key->config().suites,
        crypto::PrivateKey::from_raw(crypto::KeyKind::kX25519, key->private_key().raw().reveal())
            .value());
    // Up to the mark of the final chunk nothing but its absence is wrong.
    EXPECT_EQ(gateway_verdict({fresh}, BytesView(body).first(length)),
              length <= mark ? "ohttp.truncated" : "ohttp.chunk")
        << length;
  }
  EXPECT_EQ(gateway_verdict({key}, body), "ok");
}

TEST(Ohttp, EveryFlippedBitOfARequestFails) {
  const auto key = OhttpKey::generate(3);
  const Bytes body = request_body(key->config());
  for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
    Bytes bad = body;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    // X25519 ignores the top bit of a public key, but the derivation covers all of enc.
    EXPECT_NE(gateway_verdict({key}, bad), "ok") << bit;
  }
}

TEST(Ohttp, TruncatedAnswersAreErrors) {
  Exchange exchange;
  Bytes body = exchange.gateway->header();
  append(body, exchange.gateway->seal_chunk(as_bytes("all of it")).value());
  ASSERT_TRUE(exchange.client->feed(body).ok());
  const auto end = std::move(*exchange.client).finish();
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().code(), Code::kUnavailable);
  EXPECT_EQ(end.error().reason(), "ohttp.truncated");
  Exchange silent;
  EXPECT_EQ(client_verdict(std::move(*silent.client), {}), "ohttp.truncated");
}

TEST(Ohttp, TheHostCannotEndAnAnswerEarly) {
  Exchange exchange;
  Bytes body = exchange.gateway->header();
  const Bytes chunk = exchange.gateway->seal_chunk(as_bytes("first half")).value();
  body.push_back(0);  // the mark of a final chunk, before one that is none
  append(body, BytesView(chunk).subspan(1));
  const auto fed = exchange.client->feed(body);
  ASSERT_TRUE(fed.ok());
  const auto end = std::move(*exchange.client).finish();
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().code(), Code::kBadSignature);
  EXPECT_EQ(end.error().reason(), "ohttp.chunk");
}

TEST(Ohttp, TheHostCannotContinuePastTheEnd) {
  Exchange exchange;
  Bytes body = exchange.gateway->header();
  const Bytes last = std::move(*exchange.gateway).seal_final(as_bytes("end")).value();
  ByteWriter relabelled;
  relabelled.bytes(body).prefixed_varint(BytesView(last).subspan(1));
  EXPECT_EQ(client_verdict(std::move(*exchange.client), relabelled.view()), "ohttp.chunk");
}

TEST(Ohttp, TheHostCannotReorderOrDropChunks) {
  for (const bool drop : {false, true}) {
    Exchange exchange;
    Bytes body = exchange.gateway->header();
    const Bytes first = exchange.gateway->seal_chunk(as_bytes("first")).value();
    append(body, exchange.gateway->seal_chunk(as_bytes("second")).value());
    if (!drop) {
      append(body, first);
    }
    append(body, std::move(*exchange.gateway).seal_final({}).value());
    EXPECT_EQ(client_verdict(std::move(*exchange.client), body), "ohttp.chunk");
  }
}

TEST(Ohttp, AnswersDoNotFitOtherRequests) {
  Exchange one;
  Exchange two;
  Bytes body = one.gateway->header();
  append(body, std::move(*one.gateway).seal_final(as_bytes("x")).value());
  EXPECT_EQ(client_verdict(std::move(*two.client), body), "ohttp.chunk");
  EXPECT_EQ(client_verdict(std::move(*one.client), body), "ok");
}

// An empty non-final chunk, sealed as no sender of ours would.
TEST(Ohttp, RefusesEmptyChunksBeforeTheEnd) {
  const auto key = OhttpKey::generate(3);
  const crypto::HpkeSuite suite = key->config().preferred_suite();
  const Bytes header = ohttp_header(3, suite);
  auto sender = crypto::hpke_setup_sender(suite, key->config().public_key,
                                          ohttp_info(kChunkedRequestLabel, header));
  ASSERT_TRUE(sender.ok());
  ByteWriter body;
  body.bytes(header).bytes(sender->enc);
  body.prefixed_varint(sender->context.seal({}, {}).value());
  body.varint(0).bytes(sender->context.seal(as_bytes("final"), as_bytes("x")).value());
  EXPECT_EQ(gateway_verdict({key}, body.view()), "ohttp.chunk");
}

TEST(Ohttp, SendersKeepToTheChunkSize) {
  Exchange exchange;
  EXPECT_TRUE(exchange.gateway->seal_chunk(Bytes(kMaxChunkPlaintext)).ok());
  EXPECT_EQ(exchange.gateway->seal_chunk(Bytes(kMaxChunkPlaintext + 1)).error().reason(),
            "ohttp.chunk_size");
  EXPECT_EQ(exchange.gateway->seal_chunk({}).error().reason(), "ohttp.chunk_size");
  auto sealer = ChunkedRequestSealer::start(exchange.key->config());
  EXPECT_EQ(sealer->seal_chunk({}).error().reason(), "ohttp.chunk_size");
  EXPECT_EQ(std::move(*sealer).seal_final(Bytes(kMaxChunkPlaintext + 1)).error().reason(),
            "ohttp.chunk_size");
}

TEST(Ohttp, BoundsChunksAndMessages) {
  const auto key = OhttpKey::generate(3);
  auto sealer = ChunkedRequestSealer::start(key->config());
  ByteWriter long_chunk;
  long_chunk.bytes(sealer->header()).varint(kMaxChunkPlaintext + 17);
  EXPECT_EQ(gateway_verdict({key}, long_chunk.view()), "ohttp.chunk_limit");
  ByteWriter huge;
  huge.bytes(sealer->header()).u64be(UINT64_MAX);
  EXPECT_EQ(gateway_verdict({key}, huge.view()), "ohttp.chunk_limit");
  ByteWriter long_final;
  long_final.bytes(sealer->header()).varint(0).zeros(kMaxChunkPlaintext + 17);
  EXPECT_EQ(gateway_verdict({key}, long_final.view()), "ohttp.chunk_limit");
  const Bytes message(40'000);
  EXPECT_EQ(gateway_verdict({key}, seal_request(key->config(), message)->body, 5000, {40'000}),
            "ok");
  EXPECT_EQ(gateway_verdict({key}, seal_request(key->config(), message)->body, 5000, {39'999}),
            "ohttp.message_limit");
  Exchange exchange(OhttpLimits{5});
  Bytes body = exchange.gateway->header();
  append(body, exchange.gateway->seal_chunk(as_bytes("123456")).value());
  EXPECT_EQ(exchange.client->feed(body).error().reason(), "ohttp.message_limit");
  // Dead after the first fault.
  EXPECT_EQ(exchange.client->feed({}).error().reason(), "ohttp.message_limit");
}

TEST(Ohttp, RefusesAnEncapsulatedKeyThatIsNone) {
  const auto key = OhttpKey::generate(3);
  ByteWriter body;
  body.bytes(ohttp_header(3, key->config().preferred_suite())).zeros(32);
  body.varint(0).zeros(16);
  EXPECT_EQ(gateway_verdict({key}, body.view()), "ohttp.enc");
}

TEST(Ohttp, SpeaksP256AndTheOtherCiphers) {
  for (const SymmetricSuite& suite :
       {SymmetricSuite{crypto::HpkeKdf::kHkdfSha256, crypto::HpkeAead::kChaCha20Poly1305},
        SymmetricSuite{crypto::HpkeKdf::kHkdfSha384, crypto::HpkeAead::kAes256Gcm},
        SymmetricSuite{crypto::HpkeKdf::kHkdfSha512, crypto::HpkeAead::kAes128Gcm}}) {
    const auto key = std::make_shared<OhttpKey>(
        std::uint8_t{1}, crypto::HpkeKem::kP256HkdfSha256, std::vector<SymmetricSuite>{suite},
        crypto::PrivateKey::generate(crypto::KeyKind::kP256));
    EXPECT_EQ(gateway_verdict({key}, request_body(key->config())), "ok");
  }
}

TEST(ReplayMemory, IsBoundedAndRemembers) {
  ReplayMemory memory(2);
  EXPECT_TRUE(memory.insert(as_bytes("a")).ok());
  EXPECT_TRUE(memory.insert(as_bytes("b")).ok());
  EXPECT_EQ(memory.insert(as_bytes("a")).error().code(), Code::kConflict);
  EXPECT_EQ(memory.insert(as_bytes("a")).error().reason(), "ohttp.replay");
  EXPECT_EQ(memory.insert(as_bytes("c")).error().code(), Code::kExhausted);
  EXPECT_EQ(memory.insert(as_bytes("c")).error().reason(), "ohttp.key_spent");
  EXPECT_EQ(memory.size(), 2u);
}

}  // namespace
}  // namespace claustrum::channel
