// SPDX-License-Identifier: Apache-2.0
// `claustrum policy import`: a vendor's CoRIM to lines of a policy. Who signed it is said by the
// caller, never by the file; unsigned ones are taken only when the caller says so.
#include <cstdio>

#include "claustrum/app/files.h"
#include "claustrum/app/policy_commands.h"
#include "claustrum/codec/pem.h"
#include "claustrum/crypto/x509.h"
#include "claustrum/policy/corim_import.h"

namespace claustrum::app {

namespace {

struct Options {
  std::string file;
  std::string signer;
  std::string key;
  std::string at;
  std::vector<std::string> rename;
  bool is_unsigned = false;
  policy::ImportOptions import;
};

// A public key as DER or PEM, or a certificate that carries it.
Result<crypto::PublicKey> load_public_key(const std::string& path) {
  CLAUSTRUM_TRY_ASSIGN(Bytes der, read_file(path, 64 << 10));
  if (codec::looks_like_pem(der)) {
    CLAUSTRUM_TRY_ASSIGN(std::vector<codec::PemBlock> blocks, codec::pem_decode(der));
    der = std::move(blocks.front().der);
  }
  const auto certificate = crypto::Certificate::parse(der);
  return certificate.ok() ? Result<crypto::PublicKey>(certificate->public_key())
                          : crypto::PublicKey::from_spki(der);
}

Result<policy::Corim> load_corim(const Options& options, BytesView file) {
  if (options.is_unsigned) {
    return policy::parse_corim(file);
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes pin, hex_option("--signer", options.signer, 32));
  std::optional<crypto::PublicKey> key;
  if (!options.key.empty()) {
    CLAUSTRUM_TRY_ASSIGN(key, load_public_key(options.key));
  }
  return policy::verify_corim(file, to_array<32>(pin), key);
}

Result<int> run_import(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const Instant now, time_option(options.at));
  policy::ImportOptions import = options.import;
  for (const std::string& pair : options.rename) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) {
      return Error(Code::kNotFound, "policy.rename", "--rename wants FROM=TO");
    }
    import.rename[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes file, read_file(options.file, policy::kMaxCorimLen));
  CLAUSTRUM_TRY_ASSIGN(const policy::Corim corim, load_corim(options, file));
  CLAUSTRUM_TRY(policy::check_corim_time(corim, now));
  CLAUSTRUM_TRY_ASSIGN(const std::string text, policy::corim_to_policy(corim, file, import));
  std::printf("%s", text.c_str());
  return kAccepted;
}

}  // namespace

void add_policy_import(CLI::App& policy, Run& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      policy.add_subcommand("import", "A vendor's reference values (CoRIM) as lines of a policy");
  command->add_option("file", options->file, "CoRIM file")->required();
  command->add_option("--platform", options->import.platform, "section to write")->required();
  CLI::Option* signer =
      command->add_option("--signer", options->signer, "SHA-256 of the signer's public key (hex)");
  CLI::Option* key = command->add_option(
      "--key", options->key, "the signer's key or certificate, where the file carries none");
  CLI::Option* is_unsigned =
      command->add_flag("--unsigned", options->is_unsigned, "take values nobody signed");
  command->add_option("--product", options->import.product, "product of the security versions");
  command->add_option("--environment", options->import.environment,
                      "only environments whose description holds this text");
  command->add_option("--rename", options->rename, "FROM=TO: a measurement's name here; repeat")
      ->take_all()
      ->expected(1);
  command->add_option("--at", options->at, "judge validity as of this time (RFC 3339)");
  key->needs(signer);
  is_unsigned->excludes(signer);
  command->callback([&chosen, options, signer, is_unsigned] {
    if (signer->count() + is_unsigned->count() == 0) {
      throw CLI::RequiredError("one of --signer, --unsigned");
    }
    chosen = [options] { return finish(run_import(*options), false); };
  });
}

}  // namespace claustrum::app
