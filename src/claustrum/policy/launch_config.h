// SPDX-License-Identifier: Apache-2.0
// claustrum.toml, typed: the launch configuration of a service [docs/formats/init-data.md]. Every
// member is required and none is unknown, because what is not in it cannot be judged by a policy.
// Paths, names and limits are bounded here so that no later code has to doubt them.
#pragma once

#include "claustrum/policy/init_data.h"

namespace claustrum::policy {

struct LaunchBroker {
  std::string url;  // a route, not a trust anchor
  Bytes identity;   // SHA-256 of the broker key's SubjectPublicKeyInfo
};

struct LaunchModel {
  std::string name;
  Bytes manifest;    // SHA-256 of the manifest bytes
  std::string file;  // plain file name inside the sealed model
};

struct LaunchEngine {
  std::string profile;  // "openai-chat/1"
  Bytes binary;         // SHA-256 of the executable
  std::vector<std::string> arguments;
  std::map<std::string, Bytes, std::less<>> libraries;  // file name -> SHA-256
  std::map<std::string, std::string, std::less<>> environment;
};

struct LaunchLedger {
  std::vector<std::string> keys;  // vkeys
  std::int64_t quorum = 0;
};

struct LaunchServe {
  std::int64_t tick_ms = 0;           // 10..1000
  std::int64_t block = 0;             // 64..4096 bytes
  std::int64_t key_life_seconds = 0;  // 1..3600
};

struct LaunchConfig {
  std::string role;     // "serve"
  std::string service;  // service id, 1..64 of a-z 0-9 -
  LaunchBroker broker;
  std::map<std::string, std::string, std::less<>> secrets;  // name -> "repository/type/tag"
  LaunchModel model;
  LaunchEngine engine;
  LaunchLedger ledger;
  LaunchServe serve;
};

// Malformed "launch.*"; a version other than 1 or a role not spoken here is unsupported.
Result<LaunchConfig> parse_launch_config(const InitData& init_data);

// 1..64 of a-z, 0-9 and '-': service ids, wherever they stand.
bool is_service_id(std::string_view text);

}  // namespace claustrum::policy
