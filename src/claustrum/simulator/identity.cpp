// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/identity.h"

#include <unistd.h>

#include <filesystem>

#include "claustrum/simulator/files.h"

namespace claustrum::simulator {

SimulatedName simulated_name(const std::string& cn) {
  return {{"OU", "Simulator"}, {"O", "Claustrum simulator, no protection"}, {"CN", cn}};
}

Status save_identity(const std::string& directory, const std::string& name, const Identity& who) {
  const std::string base = directory + "/" + name;
  CLAUSTRUM_TRY(write_new_file(base + ".key", who.key.pkcs8().reveal()));
  return write_new_file(base + ".der", who.certificate);
}

Result<Identity> load_identity(const std::string& directory, const std::string& name) {
  const std::string base = directory + "/" + name;
  CLAUSTRUM_TRY_ASSIGN(const Bytes pkcs8, read_file(base + ".key"));
  CLAUSTRUM_TRY_ASSIGN(crypto::PrivateKey key, crypto::PrivateKey::from_pkcs8(pkcs8));
  CLAUSTRUM_TRY_ASSIGN(Bytes certificate, read_file(base + ".der"));
  return Identity{std::move(key), std::move(certificate)};
}

Status publish_directory(const std::string& directory,
                         const std::function<Status(const std::string& draft)>& save) {
  const std::string draft = directory + ".new-" + std::to_string(::getpid());
  CLAUSTRUM_TRY(save(draft));
  std::error_code failed;
  std::filesystem::rename(draft, directory, failed);
  if (failed) {
    std::filesystem::remove_all(draft, failed);
  }
  return ok_status();
}

}  // namespace claustrum::simulator
