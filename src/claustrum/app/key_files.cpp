// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/key_files.h"

#include "claustrum/app/files.h"
#include "claustrum/codec/pem.h"
#include "claustrum/crypto/random.h"

namespace claustrum::app {

namespace {

constexpr std::string_view kLabel = "PRIVATE KEY";

Error bad_key(const std::string& path) {
  return Error(Code::kMalformed, "key_file", path + " does not hold a key of the kind needed here");
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

Result<crypto::PrivateKey> load_or_make_key(const std::string& path, crypto::KeyKind kind) {
  Result<crypto::PrivateKey> existing = load_key(path, kind);
  if (existing.ok() || existing.error().reason() != "file.read") {
    return existing;
  }
  crypto::PrivateKey fresh = crypto::PrivateKey::generate(kind);
  std::string pem = codec::pem_encode(kLabel, fresh.pkcs8().reveal());
  const Status written = write_file(path, as_bytes(pem), 0600);
  wipe(pem.data(), pem.size());
  if (!written.ok()) {
    return written.error();
  }
  return fresh;
}

Result<SecretArray<32>> load_or_make_secret(const std::string& path) {
  const Result<SecretBytes> existing = read_secret_file(path, 64);
  if (!existing.ok() && existing.error().reason() == "file.read") {
    SecretArray<32> fresh;
    crypto::random_fill(fresh.writable());
    CLAUSTRUM_TRY(write_file(path, fresh.reveal(), 0600));
    return fresh;
  }
  if (!existing.ok()) {
    return existing.error();
  }
  if (existing->size() != 32) {
    return bad_key(path);
  }
  SecretArray<32> out;
  std::ranges::copy(existing->reveal(), out.writable().begin());
  return out;
}

}  // namespace claustrum::app
