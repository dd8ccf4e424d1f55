// SPDX-License-Identifier: Apache-2.0
// Private keys in files of mode 0600 (PKCS #8, PEM). Made where there is no file, never
// overwritten: one that cannot be read is an error, since whatever was sealed or signed with it
// needs it still.
#pragma once

#include <optional>

#include "claustrum/crypto/keys.h"

namespace claustrum::app {

Result<crypto::PrivateKey> load_key(const std::string& path, crypto::KeyKind kind);
// 32 random bytes, raw. malformed "key_file" for a file of another size.
Result<SecretArray<32>> load_secret(const std::string& path);
Result<SecretArray<32>> load_or_make_secret(const std::string& path);

struct UnsavedKey {
  std::string path;
  SecretBytes pem;
};
// A key, and where there is no file yet what belongs into it.
struct KeyFile {
  crypto::PrivateKey key;
  std::optional<UnsavedKey> unsaved;
};
// Writes nothing.
Result<KeyFile> load_or_generate(const std::string& path, crypto::KeyKind kind);
// conflict "file.exists" when a file has come there meanwhile.
Status save(const UnsavedKey& key);

}  // namespace claustrum::app
