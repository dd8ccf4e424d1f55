// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/ear_output.h"

#include "claustrum/app/command.h"
#include "claustrum/app/files.h"
#include "claustrum/app/key_files.h"

namespace claustrum::app {

namespace {

constexpr const char* kDeveloper = "Claustrum";
constexpr const char* kBuild = "claustrum 0.1.0";

// Of either kind that signs tokens.
Result<crypto::PrivateKey> load_signing_key(const std::string& path) {
  Result<crypto::PrivateKey> key = load_key(path, crypto::KeyKind::kP256);
  return key.ok() || key.error().reason() != "key_file" ? std::move(key)
                                                        : load_key(path, crypto::KeyKind::kP384);
}

}  // namespace

void add_ear_options(CLI::App& command, const std::shared_ptr<EarRequest>& request) {
  CLI::Option* ear = command.add_option(
      "--ear", request->path, "also write the verdict as an attestation result (JWT) to this file");
  CLI::Option* key = command.add_option("--ear-key", request->key,
                                        "private key that signs it (P-256 or P-384, PKCS #8 PEM)");
  CLI::Option* dialect =
      command.add_option("--ear-dialect", request->dialect, "ietf (default), veraison or trustee")
          ->check(CLI::IsMember({"ietf", "veraison", "trustee"}));
  CLI::Option* component = command.add_option("--ear-component", request->component,
                                              "name of the component; default: the platform");
  CLI::Option* nonce = command.add_option("--ear-nonce", request->nonce,
                                          "the requester's nonce (hex, 8 to 64 bytes), echoed");
  CLI::Option* life =
      command.add_option("--ear-life", request->life, "seconds it is valid; default 300")
          ->check(CLI::Range(std::int64_t{1}, policy::kMaxEarLife));
  CLI::Option* raw = command.add_flag("--ear-raw-evidence", request->raw_evidence,
                                      "put the evidence in (it names the machine)");
  ear->needs(key);
  for (CLI::Option* option : {key, dialect, component, nonce, life, raw}) {
    option->needs(ear);
  }
}

namespace {

Result<std::optional<Bytes>> requesters_nonce(const EarRequest& request) {
  if (request.nonce.empty()) {
    return std::optional<Bytes>();
  }
  CLAUSTRUM_TRY_ASSIGN(Bytes nonce, hex_option("--ear-nonce", request.nonce, 0));
  if (nonce.size() < 8 || nonce.size() > 64) {
    return Error(Code::kNotFound, "usage", "--ear-nonce: 8 to 64 bytes");
  }
  return std::optional<Bytes>(std::move(nonce));
}

}  // namespace

Status write_ear(const EarRequest& request, const policy::Appraisal& appraisal,
                 const JudgedInput& input) {
  policy::EarOptions options;
  options.dialect = policy::ear_dialect_from(request.dialect).value_or(policy::EarDialect::kIetf);
  options.developer = kDeveloper;
  options.build = kBuild;
  options.life_seconds = request.life;
  CLAUSTRUM_TRY_ASSIGN(options.nonce, requesters_nonce(request));
  if (request.raw_evidence) {
    options.raw_evidence = policy::EarRawEvidence{input.media_type, to_bytes(input.evidence)};
  }
  CLAUSTRUM_TRY_ASSIGN(const crypto::PrivateKey key, load_signing_key(request.key));
  const policy::EarComponent component{request.component, &appraisal, input.nonce};
  CLAUSTRUM_TRY_ASSIGN(std::string token, policy::sign_ear({&component, 1}, options, key));
  token += '\n';
  return write_file(request.path, as_bytes(token));
}

}  // namespace claustrum::app
