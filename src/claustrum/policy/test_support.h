// SPDX-License-Identifier: Apache-2.0
// For tests of this folder and of the layers above it: a complete policy and claims that satisfy
// it, so that each test changes one thing. Never included by a library source.
#pragma once

#include "claustrum/codec/hex.h"
#include "claustrum/evidence/core/verifier_access.h"
#include "claustrum/policy/policy.h"

namespace claustrum::policy::test {

// All `from` in `text` by `to`.
inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// The launch data the fixtures were "started" with.
inline constexpr std::string_view kInitDataText = R"(version = "0.1.0"
algorithm = "sha256"
[data]
"aa.toml" = "x = 1"
"claustrum.toml" = '''
version = 1
role = "serve"
service = "clinic-assistant"
[broker]
url = "http://127.0.0.1:7001"
identity = "1111111111111111111111111111111111111111111111111111111111111111"
[secrets]
model-key = "default/model-key/1"
identity-key = "default/service-identity/1"
[model]
name = "smollm2-135m-instruct"
manifest = "2222222222222222222222222222222222222222222222222222222222222222"
file = "smollm2-135m-instruct.gguf"
[engine]
profile = "openai-chat/1"
binary = "3333333333333333333333333333333333333333333333333333333333333333"
arguments = ["--threads", "2"]
[engine.libraries]
"libllama.so" = "4444444444444444444444444444444444444444444444444444444444444444"
[engine.environment]
LANG = "C.UTF-8"
[ledger]
keys = ["log.example+12345678+AQ"]
quorum = 0
[serve]
tick-ms = 50
block = 512
key-life-seconds = 3600
'''
)";

// Judges the launch data leaf by leaf and everything else exactly.
inline constexpr std::string_view kPolicyText = R"(version = 1
name = "test"
platform = { exact = "amd-sev-snp" }
product = { one-of = ["Milan", "Genoa"] }
measurement = { exact = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
debug = { exact = false }
migration = { exact = false }
vmpl = { exact = 0 }
chip-id = { exact = "cccc" }
forbid-not-offered = ["leaf-revocation"]
[tcb.Milan]
bootloader = { at-least = 4 }
snp = { at-least = 24 }
[init-data.fields]
"version" = { exact = 1 }
"role" = { exact = "serve" }
"service" = { exact = "clinic-assistant" }
"broker.url" = { ignore = "a route" }
"broker.identity" = { exact = "1111111111111111111111111111111111111111111111111111111111111111" }
"secrets.model-key" = { ignore = "names" }
"secrets.identity-key" = { ignore = "names" }
"model.name" = { ignore = "shown only" }
"model.manifest" = { exact = "2222222222222222222222222222222222222222222222222222222222222222" }
"model.file" = { ignore = "bound by the manifest" }
"engine.profile" = { exact = "openai-chat/1" }
"engine.binary" = { exact = "3333333333333333333333333333333333333333333333333333333333333333" }
"engine.arguments" = { exact = ["--threads", "2"] }
"engine.libraries.libllama.so" = { exact = "4444444444444444444444444444444444444444444444444444444444444444" }
"engine.environment.LANG" = { exact = "C.UTF-8" }
"ledger.keys" = { ignore = "checked by the client" }
"ledger.quorum" = { exact = 0 }
"serve.tick-ms" = { at-least = 10 }
"serve.block" = { exact = 512 }
"serve.key-life-seconds" = { one-of = [600, 3600] }
"data:aa.toml" = { exact = "x = 1" }
)";

// Version 2: the same demands, and a section for a platform with a standing.
inline constexpr std::string_view kPolicyText2 = R"(version = 2
name = "test"
forbid-not-offered = ["leaf-revocation"]
[platform.amd-sev-snp]
product = { one-of = ["Milan", "Genoa"] }
provider = { exact = "" }
debug = { exact = false }
migration = { exact = false }
privilege-level = { exact = 0 }
hardware-id = { exact = "cccc" }
measurements.measurement = { exact = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
claims."platform_info.smt" = { exact = 1 }
tcb.Milan.bootloader = { at-least = 4 }
tcb.Milan.snp = { at-least = 24 }
[platform.intel-tdx]
product = { exact = "00806f050000" }
debug = { exact = false }
migration = { exact = false }
hardware-id = { exact = "cccc" }
tcb-status = { one-of = ["UpToDate", "SWHardeningNeeded"] }
tcb-date = { at-least = "2025-01-01T00:00:00Z" }
evaluation-number = { at-least = 17 }
tcb = { ignore = "judged by tcb-status" }
measurements.mr_td = { exact = "aaaa" }
measurements.rtmr0 = { ignore = "firmware configuration" }
claims."td_attributes" = { exact = "0000001000000000" }
[[platform.intel-tdx.advisory]]
id = "INTEL-SA-00001"
reason = "no neighbours"
until = "2026-12-31T00:00:00Z"
[init-data]
digest = { exact = "1111111111111111111111111111111111111111111111111111111111111111" }
)";

inline evidence::Claims good_tdx_claims() {
  evidence::Claims claims;
  claims.platform = "intel-tdx";
  claims.product = "00806f050000";
  claims.root_spki_sha256 = Bytes(32, 0xbb);
  claims.measurements = {{"mr_td", {0xaa, 0xaa}}, {"rtmr0", {0xdd}}};
  claims.report_data = Bytes(64, 0);
  claims.host_data = Bytes(32, 0x11);
  claims.migration = false;
  claims.tcb = {{"pcesvn", 11}};
  evidence::TcbStanding& standing = claims.standing.emplace();
  standing.status = "UpToDate";
  standing.date = {1735689600};  // 2025-01-01
  standing.advisories = {"INTEL-SA-00001"};
  standing.evaluation_data_number = 17;
  claims.hardware_id = {0xcc, 0xcc};
  claims.details = codec::Json::object();
  claims.details.set("td_attributes", "0000001000000000");
  return claims;
}

inline evidence::Claims good_claims() {
  evidence::Claims claims;
  claims.platform = "amd-sev-snp";
  claims.product = "Milan";
  claims.root_spki_sha256 = Bytes(32, 0xbb);
  claims.measurements["measurement"] = Bytes(48, 0xaa);
  claims.report_data = Bytes(64, 0);
  claims.host_data = to_bytes(crypto::sha256(as_bytes(kInitDataText)));
  claims.migration = false;
  claims.privilege_level = 0;
  claims.tcb = {{"bootloader", 4}, {"snp", 24}};
  claims.hardware_id = {0xcc, 0xcc};
  claims.details = codec::Json::object();
  return claims;
}

// What a verifier says of authentic evidence.
inline evidence::Verification verification_of(evidence::Claims claims) {
  evidence::Verification out;
  out.platform = claims.platform;
  for (const char* id : {"format", "chain", "root", "validity", "signature", "revocation",
                         "collateral-current", "product"}) {
    out.factors.pass(id, "good", "good");
  }
  out.claims = evidence::VerifierAccess::verified(std::move(claims));
  return out;
}

}  // namespace claustrum::policy::test
