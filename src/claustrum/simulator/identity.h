// SPDX-License-Identifier: Apache-2.0
// What every simulated authority is made of: signers with a key and a certificate, under names that
// say what they are, kept in a directory that several processes share. The organization in each
// name is the last guard against a simulated certificate that somebody takes for a vendor's.
#pragma once

#include <functional>

#include "claustrum/crypto/x509.h"

namespace claustrum::simulator {

// A distinguished name that says what it is.
using SimulatedName = std::vector<std::pair<std::string, std::string>>;
SimulatedName simulated_name(const std::string& cn);

struct Identity {
  crypto::PrivateKey key;
  Bytes certificate;  // DER
};

// `<directory>/<name>.key` (PKCS #8, in the clear) and `<directory>/<name>.der`.
Status save_identity(const std::string& directory, const std::string& name, const Identity& who);
Result<Identity> load_identity(const std::string& directory, const std::string& name);

// `save` fills a new directory, which then appears under its name at once. Who comes second finds
// the name taken, and its own draft is removed; either way the directory is whole afterwards.
Status publish_directory(const std::string& directory,
                         const std::function<Status(const std::string& draft)>& save);

}  // namespace claustrum::simulator
