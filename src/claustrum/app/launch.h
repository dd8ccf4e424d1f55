// SPDX-License-Identifier: Apache-2.0
// What `serve` does before it answers anybody [PROTOCOL 1, 8, 9]: each step must hold or it ends
// with a message that says what failed. Files named here come from the host; init-data alone,
// bound by the hardware, says what they must be.
#pragma once

#include "claustrum/attest/core/attester.h"
#include "claustrum/base/log.h"
#include "claustrum/crypto/keys.h"
#include "claustrum/gateway/core/engine_process.h"
#include "claustrum/policy/launch_config.h"
#include "claustrum/sealed/open_model.h"

namespace claustrum::app {

struct LaunchFiles {
  std::string init_data;
  std::string sealed;
  std::string engine;
  std::string libraries;
  std::string software;
  std::string proofs;
};

struct Launched {
  policy::InitData init_data;
  policy::LaunchConfig config;
  std::unique_ptr<attest::Attester> attester;
  std::optional<crypto::PrivateKey> identity;
  std::unique_ptr<gateway::EngineProcess> engine;
  Bytes manifest;
  Bytes software;
  std::map<std::string, std::string, std::less<>> proofs;
  crypto::Sha256Digest release_policy{};
};

Result<Launched> launch(const LaunchFiles& files, Log& log);

}  // namespace claustrum::app
