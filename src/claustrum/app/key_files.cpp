// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/key_files.h"

#include "claustrum/app/files.h"
#include "claustrum/codec/pem.h"
#include "claustrum/crypto/random.h"

namespace claustrum::app {

namespace {

constexpr std::string_view kLabel = "PRIVATE KEY";
constexpr std::size_t kSecretLen = 32;
constexpr std::size_t kMaxSecretFile = 64;

Error bad_key(const std::string& path) {
  return Error(Code::kMalformed, "key_file", path + " does not hold a key of the kind needed here");
}

Result<SecretArray<32>> secret_of(const std::string& path, const SecretBytes& contents) {
  if (contents.size() != kSecretLen) {
    return bad_key(path);
  }
  SecretArray<32> out;
  std::ranges::copy(contents.reveal(), out.writable().begin());
  return out;
}

}  // namespace

Result<crypto::PrivateKey> load_key(const std::string& path, crypto::KeyKind kind) {
  CLAUSTRUM_TRY_ASSIGN(const SecretBytes text, read_secret_file(path));
  CLAUSTRUM_TRY_ASSIGN(std::vector<codec::PemBlock> blocks, codec::pem_decode(text.reveal()));
  if (blocks.size() != 1 || blocks.front().label != kLabel) {
    return bad_key(path);
  }
  Result<crypto::PrivateKey> key = crypto::PrivateKey::from_pkcs8(blocks.front().der);
  wipe(blocks.front().der.data(), blocks.front().der.size());
  if (key.ok() && key->kind() != kind) {
    return bad_key(path);
  }
  return key;
}

Result<SecretArray<32>> load_secret(const std::string& path) {
  CLAUSTRUM_TRY_ASSIGN(const SecretBytes secret, read_secret_file(path, kMaxSecretFile));
  return secret_of(path, secret);
}

Result<SecretArray<32>> load_or_make_secret(const std::string& path) {
  CLAUSTRUM_TRY_ASSIGN(const SecretBytes secret, read_or_create_secret(path, kMaxSecretFile, [] {
                         return crypto::random_secret(kSecretLen);
                       }));
  return secret_of(path, secret);
}

Result<KeyFile> load_or_generate(const std::string& path, crypto::KeyKind kind) {
  Result<crypto::PrivateKey> existing = load_key(path, kind);
  if (existing.ok()) {
    return KeyFile{std::move(existing).value(), {}};
  }
  if (existing.error().reason() != "file.missing") {
    return existing.error();
  }
  crypto::PrivateKey fresh = crypto::PrivateKey::generate(kind);
  std::string pem = codec::pem_encode(kLabel, fresh.pkcs8().reveal());
  SecretBytes kept = SecretBytes::copy_of(as_bytes(pem));
  wipe(pem.data(), pem.size());
  return KeyFile{std::move(fresh), UnsavedKey{path, std::move(kept)}};
}

Status save(const UnsavedKey& key) {
  return create_file(key.path, key.pem.reveal(), 0600);
}

}  // namespace claustrum::app
