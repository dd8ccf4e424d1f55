// SPDX-License-Identifier: Apache-2.0
// Sealed rows [PROTOCOL 9]: the adversary runs the database, so each row's payload is encrypted and
// bound to where it stands (table, tenant, name), what it is (version, policy digest) and when it
// was written (state sequence). A row changed, moved, or put back from another name, tenant or
// version does not open. The caller says which row it expects from what it knows of its own state,
// never from the row itself: a whole older database is consistent in itself and opens.
#pragma once

#include "claustrum/base/result.h"
#include "claustrum/base/secret.h"

namespace claustrum::store {

struct RowIdentity {
  std::string_view table;
  std::string_view tenant;
  std::string_view name;
  std::uint64_t version = 0;
  BytesView policy_digest;
  std::uint64_t sequence = 0;
};

using MasterKey = SecretArray<32>;

// Thread-safe.
class RowSealer {
 public:
  explicit RowSealer(MasterKey key) : key_(std::move(key)) {}

  // 01 || salt(16) || nonce(12) || AES-256-GCM ciphertext and tag. The row's key is derived from
  // the master key and the salt, so the 2^32 bound on random nonces is never near.
  Bytes seal(const RowIdentity& row, BytesView payload) const;
  // bad_signature "store.row"; unsupported "store.row_version" for another first byte.
  Result<SecretBytes> open(const RowIdentity& row, BytesView sealed) const;

 private:
  MasterKey key_;
};

}  // namespace claustrum::store
