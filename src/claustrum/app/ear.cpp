// SPDX-License-Identifier: Apache-2.0
// `claustrum ear`: attestation results of this and of other verifiers (docs/formats/ear.md).
// Offline; time is now or --at. A key is always the caller's, never the token's.
#include <unistd.h>

#include <cstdio>

#include "claustrum/app/command.h"
#include "claustrum/app/files.h"
#include "claustrum/app/verdict_output.h"
#include "claustrum/codec/base64.h"
#include "claustrum/codec/pem.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/policy/ear.h"

namespace claustrum::app {

namespace {

constexpr std::string_view kPublicKeyLabel = "PUBLIC KEY";
constexpr std::size_t kMaxKeyFile = 256 << 10;

struct ShowOptions {
  std::string token;
  std::vector<std::string> keys;
  std::string nonce;
  std::string report_data;
  std::string policy_id;
  std::string audience;
  std::string at;
  std::int64_t max_age = -1;  // not given
  bool json = false;
};

Error bad_key(const std::string& path) {
  return Error(Code::kMalformed, "key_file", path + " holds no public key (PEM, JWK, JWK set)");
}

Result<std::vector<crypto::PublicKey>> keys_of_jwk(const codec::Json& json) {
  const codec::Json* set = json.find("keys");
  const codec::Json::Array list =
      set != nullptr && set->is_array() ? set->items() : codec::Json::Array{json};
  std::vector<crypto::PublicKey> out;
  for (const codec::Json& jwk : list) {
    CLAUSTRUM_TRY_ASSIGN(crypto::PublicKey key,
                         crypto::public_key_from_jwk(jwk, crypto::JwkUse::kSignature));
    out.push_back(std::move(key));
  }
  return out;
}

Result<std::vector<crypto::PublicKey>> read_keys(const std::string& path) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes file, read_file(path, kMaxKeyFile));
  if (!codec::looks_like_pem(file)) {
    const auto json = codec::parse_json(file);
    return json.ok() ? keys_of_jwk(*json) : bad_key(path);
  }
  CLAUSTRUM_TRY_ASSIGN(const std::vector<codec::PemBlock> blocks, codec::pem_decode(file));
  std::vector<crypto::PublicKey> out;
  for (const codec::PemBlock& block : blocks) {
    if (block.label != kPublicKeyLabel) {
      return bad_key(path);
    }
    CLAUSTRUM_TRY_ASSIGN(crypto::PublicKey key, crypto::PublicKey::from_spki(block.der));
    out.push_back(std::move(key));
  }
  return out;
}

// Editors and shells end a file with a line end; a token has none.
std::string_view trimmed(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  return last == text.npos ? std::string_view() : text.substr(0, last + 1);
}

std::optional<std::string> given(const std::string& option) {
  return option.empty() ? std::nullopt : std::optional(option);
}

Result<policy::Ear> verify_token(const ShowOptions& options) {
  Instant now = SystemClock().now();
  if (!options.at.empty()) {
    const Result<Instant> at = parse_rfc3339(options.at);
    if (!at.ok()) {
      return bad_option("--at", at.error());
    }
    now = *at;
  }
  policy::EarExpectations expected;
  expected.nonce = given(options.nonce);
  expected.policy_id = given(options.policy_id);
  expected.audience = given(options.audience);
  if (options.max_age >= 0) {
    expected.max_age = options.max_age;
  }
  if (!options.report_data.empty()) {
    CLAUSTRUM_TRY_ASSIGN(const Bytes data, hex_option("--report-data", options.report_data, 0));
    expected.evidence_nonce = codec::base64url_encode(data);
  }
  std::vector<crypto::PublicKey> keys;
  for (const std::string& path : options.keys) {
    CLAUSTRUM_TRY_ASSIGN(const std::vector<crypto::PublicKey> more, read_keys(path));
    keys.insert(keys.end(), more.begin(), more.end());
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes file, read_file(options.token));
  return policy::verify_ear(trimmed(as_text(file)), keys, now, expected);
}

int show(const ShowOptions& options) {
  const Result<policy::Ear> ear = verify_token(options);
  if (!ear.ok()) {
    return print_error(ear.error(), options.json ? Output::kJson : Output::kText);
  }
  if (options.json) {
    std::printf("%s\n", codec::to_json(policy::ear_json(*ear)).c_str());
  } else {
    std::printf("%s", policy::explain_ear(*ear, ::isatty(1) == 1).c_str());
  }
  return ear->status == policy::Tier::kAffirming ? kAccepted : kRefused;
}

}  // namespace

void add_ear(CLI::App& parent, Run& chosen) {
  CLI::App* group = parent.add_subcommand("ear", "Attestation results (EAR) as signed tokens");
  group->require_subcommand(1);
  auto options = std::make_shared<ShowOptions>();
  CLI::App* command = group->add_subcommand(
      "show", "Verify a result of the IETF, Veraison or Trustee dialect and explain it");
  command->add_option("token", options->token, "file with the token; - reads standard input")
      ->required();
  command
      ->add_option("--key", options->keys,
                   "public key of the verifier you trust (PEM, JWK or JWK set); repeat")
      ->required()
      ->allow_extra_args(false);  // one a time: the next word may be the token
  command->add_option("--nonce", options->nonce, "the nonce you sent, as it stands in the token");
  command->add_option("--report-data", options->report_data,
                      "what the evidence had to carry as report data (hex)");
  command->add_option("--policy-id", options->policy_id,
                      "the policy every component must be appraised by");
  command->add_option("--audience", options->audience, "your own name, where a token names one");
  command->add_option("--max-age", options->max_age, "seconds since the result was issued")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--at", options->at, "judge as of this time (RFC 3339) instead of now");
  command->add_flag("--json", options->json, "exactly one JSON object on standard output");
  command->footer(
      "Exit 0 only for a status of affirming.\n"
      "Example: claustrum ear show result.jwt --key verifier.pem --nonce bm9uY2Vub25jZQ");
  command->callback([&chosen, options] { chosen = [options] { return show(*options); }; });
}

}  // namespace claustrum::app
