// SPDX-License-Identifier: Apache-2.0
// HPKE (X25519, HKDF-SHA256, AES-256-GCM) against the bare operations inside it: the sender's fresh
// key and agreement, the recipient's agreement, and the GCM pass over the message.
#include "claustrum/crypto/hpke.h"
#include "pair.h"

namespace claustrum::bench {
namespace {

constexpr auto kX25519 = crypto::KeyKind::kX25519;

void hpke_seal(benchmark::State& state) {
  const auto recipient = crypto::PrivateKey::generate(kX25519);
  const crypto::PublicKey to = recipient.public_key();
  const Bytes message(static_cast<std::size_t>(state.range(0)), 0x5a);
  const Bytes key(32, 1);
  const Bytes nonce(crypto::kAeadNonceLen, 2);
  run_pair(
      state,
      [&] {
        auto sender = crypto::hpke_setup_sender({}, to, {}).value();
        benchmark::DoNotOptimize(sender.context.seal({}, message).value());
      },
      [&] {
        const auto ephemeral = crypto::PrivateKey::generate(kX25519);
        benchmark::DoNotOptimize(crypto::diffie_hellman(ephemeral, to).ok());
        const crypto::Aead aead(crypto::AeadAlg::kAes256Gcm, key);
        benchmark::DoNotOptimize(aead.seal(nonce, {}, message));
      });
}
BENCHMARK(hpke_seal)->UseManualTime()->Unit(benchmark::kMicrosecond)->Arg(1024)->Arg(1 << 20);

void hpke_open(benchmark::State& state) {
  const auto recipient = crypto::PrivateKey::generate(kX25519);
  const Bytes message(static_cast<std::size_t>(state.range(0)), 0x5a);
  auto sender = crypto::hpke_setup_sender({}, recipient.public_key(), {}).value();
  const Bytes sealed = sender.context.seal({}, message).value();
  const auto enc_key = crypto::PublicKey::from_raw(kX25519, sender.enc).value();
  const Bytes key(32, 1);
  const Bytes nonce(crypto::kAeadNonceLen, 2);
  const crypto::Aead aead(crypto::AeadAlg::kAes256Gcm, key);
  const Bytes bare_sealed = aead.seal(nonce, {}, message);
  run_pair(
      state,
      [&] {
        auto context = crypto::hpke_setup_recipient({}, sender.enc, recipient, {}).value();
        CLAUSTRUM_CHECK(context.open({}, sealed).ok());
      },
      [&] {
        benchmark::DoNotOptimize(crypto::diffie_hellman(recipient, enc_key).ok());
        const crypto::Aead fresh(crypto::AeadAlg::kAes256Gcm, key);
        CLAUSTRUM_CHECK(fresh.open(nonce, {}, bare_sealed).ok());
      });
}
BENCHMARK(hpke_open)->UseManualTime()->Unit(benchmark::kMicrosecond)->Arg(1024)->Arg(1 << 20);

}  // namespace
}  // namespace claustrum::bench
