// SPDX-License-Identifier: Apache-2.0
// Private keys in files of mode 0600 (PKCS #8, PEM). Made where missing, never overwritten.
#pragma once

#include "claustrum/crypto/keys.h"

namespace claustrum::app {

Result<crypto::PrivateKey> load_key(const std::string& path, crypto::KeyKind kind);
Result<crypto::PrivateKey> load_or_make_key(const std::string& path, crypto::KeyKind kind);
// 32 random bytes, raw.
Result<SecretArray<32>> load_or_make_secret(const std::string& path);

}  // namespace claustrum::app
