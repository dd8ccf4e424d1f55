// SPDX-License-Identifier: Apache-2.0
// The release step [PROTOCOL 6]: everything that must exist before any TEE starts. From one
// configuration it makes init-data, policies, the ledger's first entries and the signed profile.
#pragma once

#include "claustrum/base/clock.h"
#include "claustrum/codec/json.h"
#include "claustrum/crypto/keys.h"

namespace claustrum::app {

// release.toml, strict.
struct ReleaseConfig {
  std::string service;
  std::string publisher;
  std::int64_t number = 1;
  std::int64_t valid_days = 30;
  std::string workload;   // program to be measured
  std::string engine;     // engine executable
  std::string libraries;  // folder of the engine's other files
  std::vector<std::string> engine_arguments;
  std::string sealed_model;  // folder made by `claustrum seal`
  std::string model_file;    // path inside it
  std::string model_name;    // shown to clients
  std::string broker_url;
  std::string simulated_root;  // hex SPKI SHA-256 of a simulated root; empty for hardware
  std::string ledger_origin;
};

Result<ReleaseConfig> parse_release_config(BytesView toml);

// What the texts below are made from, once files were hashed and keys were made.
struct ReleaseFacts {
  std::string measurement;                                     // hex, 48 bytes
  std::string engine_sha256;                                   // hex
  std::vector<std::pair<std::string, std::string>> libraries;  // name, hex
  std::string manifest;                                        // hex
  std::string broker_identity;                                 // hex SPKI SHA-256
  std::string ledger_vkey;
  Instant now;
};

// A TOML basic string without control characters and quotation marks: it may stand inside a literal
// string of several lines, which three apostrophes would end.
std::string toml_string(std::string_view text);

struct ReleaseTexts {
  std::string init_data;
  std::string client_policy;    // who may be talked to; its log needs no witness yet
  std::string release_policy;   // who may get a secret
  std::string baseline_policy;  // every caller of the broker: authentic, not debug, this
                                // configuration; any program, since each secret names its own
};
ReleaseTexts release_texts(const ReleaseConfig& config, const ReleaseFacts& facts);

// Reads everything as the guest, the broker and the clients will: a release that could not start is
// refused before anything is written or logged. `manifest` is the sealed model's.
Status check_release(const ReleaseConfig& config, const ReleaseTexts& texts, BytesView manifest);

}  // namespace claustrum::app
