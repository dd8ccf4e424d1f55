// SPDX-License-Identifier: Apache-2.0
// Reading init-data and comparing it with a launch slot [docs/formats/init-data.md, PROTOCOL 1].
// The attack: configuration that the hardware did not bind, or that two readers understand
// differently.
#include "claustrum/policy/init_data.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/toml.h"

namespace claustrum::policy {

namespace {

using codec::Json;
using Leaves = std::map<std::string, Json, std::less<>>;

constexpr std::size_t kMaxDataEntries = 32;
constexpr std::string_view kLaunchKey = "claustrum.toml";

Error malformed(std::string_view reason, std::string text) {
  return Error(Code::kMalformed, reason, std::move(text));
}

Result<crypto::HashAlg> hash_of(std::string_view algorithm) {
  if (algorithm == "sha256") {
    return crypto::HashAlg::kSha256;
  }
  if (algorithm == "sha384") {
    return crypto::HashAlg::kSha384;
  }
  if (algorithm == "sha512") {
    return crypto::HashAlg::kSha512;
  }
  return Error(Code::kUnsupported, "init_data.algorithm", "sha256, sha384 and sha512 are known");
}

codec::JsonLimits limits() {
  codec::JsonLimits out;
  out.max_bytes = kMaxInitDataLen;
  out.max_depth = 8;
  out.max_values = 4096;
  return out;
}

Status read_data(const Json& table, InitData& out) {
  if (table.members().size() > kMaxDataEntries) {
    return Error(Code::kExhausted, "init_data.limit", "more than 32 entries in [data]");
  }
  for (const Json::Member& member : table.members()) {
    if (!member.second.is_string()) {
      return malformed("init_data.data", "[data] holds strings only");
    }
    out.data.emplace(member.first, member.second.string());
  }
  return ok_status();
}

Status collect(const std::string& prefix, const Json& value, Leaves& leaves) {
  if (!value.is_object()) {
    // {"a.b" = 1} and [a] b = 1 would share one rule while meaning different things.
    const bool added = leaves.emplace(prefix, value).second;
    if (!CLAUSTRUM_GUARD("policy.init_data_ambiguous", added)) {
      return malformed("init_data.ambiguous", "two leaves have one dotted name");
    }
    return ok_status();
  }
  for (const Json::Member& member : value.members()) {
    CLAUSTRUM_TRY(collect(prefix.empty() ? member.first : prefix + "." + member.first,
                          member.second, leaves));
  }
  return ok_status();
}

}  // namespace

Bytes InitData::digest() const {
  const Result<crypto::HashAlg> alg = hash_of(algorithm);
  CLAUSTRUM_CHECK(alg.ok());
  return crypto::hash(*alg, raw);
}

Result<InitData> parse_init_data(BytesView toml) {
  if (toml.size() > kMaxInitDataLen) {
    return Error(Code::kExhausted, "init_data.limit", "longer than 64 KiB");
  }
  CLAUSTRUM_TRY_ASSIGN(const Json root, codec::parse_toml(toml, limits()));
  InitData out;
  CLAUSTRUM_TRY_ASSIGN(const std::string version, root.string_at("version"));
  if (version != "0.1.0") {
    return Error(Code::kUnsupported, "init_data.version", "only version 0.1.0 is known");
  }
  CLAUSTRUM_TRY(root.only_members({"version", "algorithm", "data"}));
  CLAUSTRUM_TRY_ASSIGN(out.algorithm, root.string_at("algorithm"));
  CLAUSTRUM_TRY(hash_of(out.algorithm));
  CLAUSTRUM_TRY_ASSIGN(const Json data, root.object_at("data"));
  CLAUSTRUM_TRY(read_data(data, out));
  const auto launch = out.data.find(kLaunchKey);
  if (launch != out.data.end()) {
    CLAUSTRUM_TRY_ASSIGN(out.launch, codec::parse_toml(as_bytes(launch->second), limits()));
  }
  out.raw = to_bytes(toml);
  return out;
}

Result<Leaves> init_data_leaves(const InitData& init_data) {
  Leaves leaves;
  if (!init_data.launch.is_null()) {
    CLAUSTRUM_TRY(collect("", init_data.launch, leaves));
  }
  for (const auto& [key, text] : init_data.data) {
    if (key != kLaunchKey) {
      CLAUSTRUM_TRY(collect("data:" + key, Json(text), leaves));
    }
  }
  return leaves;
}

Status check_launch_digest(const InitData& init_data, BytesView slot) {
  const Bytes digest = init_data.digest();
  // Cutting a longer digest to fit would leave room for a second document.
  if (!CLAUSTRUM_GUARD("policy.init_data_slot", digest.size() == slot.size())) {
    return Error(Code::kMismatch, "init_data.slot",
                 "a digest of " + std::to_string(digest.size()) +
                     " bytes does not fill a slot of " + std::to_string(slot.size()));
  }
  if (!CLAUSTRUM_GUARD("policy.init_data_digest", equal(digest, slot))) {
    return Error(Code::kMismatch, "init_data.digest",
                 "the launch slot holds another digest than this document's");
  }
  return ok_status();
}

}  // namespace claustrum::policy
