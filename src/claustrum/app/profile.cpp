// SPDX-License-Identifier: Apache-2.0
// `claustrum profile make|show`: the release step, and reading a profile in words.
#include <cstdio>
#include <filesystem>

#include "claustrum/app/command.h"
#include "claustrum/app/files.h"
#include "claustrum/app/key_files.h"
#include "claustrum/app/release.h"
#include "claustrum/broker/ledger_api.h"
#include "claustrum/codec/hex.h"
#include "claustrum/document/profile.h"
#include "claustrum/ledger/entry.h"
#include "claustrum/sealed/manifest.h"
#include "claustrum/sealed/seal_model.h"
#include "claustrum/simulator/launch.h"

namespace claustrum::app {

namespace {

using codec::Json;
namespace fs = std::filesystem;

constexpr std::int64_t kDay = 86'400;
constexpr std::size_t kMaxProgram = std::size_t{512} << 20;

struct Options {
  std::string config;
  std::string out;
  std::string profile;
  std::string publisher;
};

std::string hex_sha256(BytesView data) {
  return codec::hex_encode(crypto::sha256(data));
}

Result<std::string> hash_file(const std::string& path) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes contents, read_file(path, kMaxProgram));
  return hex_sha256(contents);
}

Status gather_libraries(const std::string& folder, ReleaseFacts& facts) {
  std::vector<fs::path> files;
  std::error_code failed;
  fs::directory_iterator entry(folder, failed);
  for (; !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) {
      files.push_back(entry->path());
    }
  }
  if (failed) {
    return Error(Code::kNotFound, "release.libraries", "cannot read the folder " + folder);
  }
  std::ranges::sort(files);
  for (const fs::path& path : files) {
    CLAUSTRUM_TRY_ASSIGN(std::string digest, hash_file(path.string()));
    facts.libraries.emplace_back(path.filename().string(), std::move(digest));
  }
  return ok_status();
}

// The keys of all parties of a demo or test; in production each makes and keeps its own.
struct Keys {
  crypto::PrivateKey publisher;
  crypto::PrivateKey service_identity;
  crypto::PrivateKey broker_identity;
  ledger::NoteSigner ledger;
};

Result<Keys> make_keys(const std::string& out, const ReleaseConfig& config) {
  using crypto::KeyKind;
  CLAUSTRUM_TRY_ASSIGN(crypto::PrivateKey publisher,
                       load_or_make_key(out + "/publisher.pem", KeyKind::kP256));
  CLAUSTRUM_TRY_ASSIGN(crypto::PrivateKey identity,
                       load_or_make_key(out + "/service-identity.pem", KeyKind::kP256));
  CLAUSTRUM_TRY_ASSIGN(crypto::PrivateKey broker,
                       load_or_make_key(out + "/broker-identity.pem", KeyKind::kP256));
  CLAUSTRUM_TRY_ASSIGN(crypto::PrivateKey log,
                       load_or_make_key(out + "/ledger.pem", KeyKind::kEd25519));
  return Keys{std::move(publisher), std::move(identity), std::move(broker),
              ledger::NoteSigner(config.ledger_origin, std::move(log))};
}

ledger::Entry entry(std::string_view type, const crypto::Sha256Digest& digest, Instant now,
                    Json detail) {
  ledger::Entry out;
  out.type = type;
  out.digest = digest;
  out.time = now;
  out.detail = std::move(detail);
  return out;
}

Json software_detail(const ReleaseFacts& facts) {
  Json detail = Json::object();
  detail.set("name", "claustrum")
      .set("version", "0.1.0")
      .set("platform", "amd-sev-snp")
      .set("measurement", facts.measurement)
      .set("source", "unknown")
      .set("builder", "local build");
  return detail;
}

struct Texts {
  std::string init_data;
  std::string client_policy;
  std::string release_policy;
  std::string baseline_policy;
};

// Publishes what exists, in one log; returns the software entry and its offline proof.
struct Published {
  std::string software_entry;
  std::string software_proof;
};

Result<Published> publish(const std::string& out, const ReleaseConfig& config, const Keys& keys,
                          const ReleaseFacts& facts, const Texts& texts,
                          const document::Profile& profile, BytesView workload,
                          BytesView manifest) {
  CLAUSTRUM_TRY_ASSIGN(store::MasterKey master, load_or_make_secret(out + "/broker-master.key"));
  CLAUSTRUM_TRY_ASSIGN(const std::unique_ptr<broker::State> state,
                       broker::State::open(out + "/broker.db", std::move(master)));
  Published published;
  published.software_entry = ledger::serialize_entry(
      entry("software", crypto::sha256(workload), facts.now, software_detail(facts)));
  const std::vector<std::string> entries = {
      published.software_entry,
      ledger::serialize_entry(entry("manifest", crypto::sha256(manifest), facts.now,
                                    Json::object().set("model", config.model_name))),
      ledger::serialize_entry(entry("policy", crypto::sha256(as_bytes(texts.release_policy)),
                                    facts.now, Json::object().set("name", "release"))),
      ledger::serialize_entry(entry("policy", crypto::sha256(as_bytes(texts.client_policy)),
                                    facts.now, Json::object().set("name", "clients"))),
      ledger::serialize_entry(
          entry("profile", profile.digest(), facts.now,
                Json::object().set("service", config.service).set("number", config.number)))};
  CLAUSTRUM_TRY_ASSIGN(const std::uint64_t first, state->append(as_bytes(entries.front())));
  for (std::size_t i = 1; i < entries.size(); ++i) {
    CLAUSTRUM_TRY(state->append(as_bytes(entries[i])));
  }
  CLAUSTRUM_TRY_ASSIGN(
      published.software_proof,
      broker::offline_proof(state->tree(), first, keys.ledger, config.ledger_origin));
  return published;
}

Result<std::string> make_profile(const ReleaseConfig& config, const Keys& keys,
                                 const ReleaseFacts& facts, const Texts& texts) {
  document::ProfileClaims claims;
  claims.service = config.service;
  claims.number = config.number;
  claims.publisher = config.publisher;
  claims.created = facts.now;
  claims.expires = facts.now + config.valid_days * kDay;
  claims.identity_key_spki = keys.service_identity.public_key().spki();
  claims.policy = texts.client_policy;
  claims.ledger.origin = config.ledger_origin;
  claims.ledger.keys = {facts.ledger_vkey};
  return document::sign_profile(claims, keys.publisher);
}

Status write_texts(const std::string& out, const Texts& texts, const Published& published,
                   const std::string& profile, const std::string& publisher) {
  Json proofs = Json::object();
  proofs.set("software", published.software_proof);
  const std::vector<std::pair<std::string, std::string>> files = {
      {"init-data.toml", texts.init_data},
      {"policy-clients.toml", texts.client_policy},
      {"policy-release.toml", texts.release_policy},
      {"policy-baseline.toml", texts.baseline_policy},
      {"software.json", published.software_entry},
      {"proofs.json", codec::to_json(proofs)},
      {"profile.json", profile},
      {"publisher.sha256", publisher + "\n"}};
  for (const auto& [name, text] : files) {
    CLAUSTRUM_TRY(write_file(out + "/" + name, as_bytes(text)));
  }
  return ok_status();
}

Result<int> run_make(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes config_text, read_file(options.config));
  CLAUSTRUM_TRY_ASSIGN(const ReleaseConfig config, parse_release_config(config_text));
  std::error_code ignored;
  fs::create_directories(options.out, ignored);
  CLAUSTRUM_TRY_ASSIGN(const Keys keys, make_keys(options.out, config));
  CLAUSTRUM_TRY_ASSIGN(const Bytes workload, read_file(config.workload, kMaxProgram));
  CLAUSTRUM_TRY_ASSIGN(const Bytes manifest,
                       read_file(config.sealed_model + "/" + sealed::kManifestName));
  ReleaseFacts facts;
  facts.now = SystemClock().now();
  facts.measurement = codec::hex_encode(simulator::measure_workload(workload));
  CLAUSTRUM_TRY_ASSIGN(facts.engine_sha256, hash_file(config.engine));
  CLAUSTRUM_TRY(gather_libraries(config.libraries, facts));
  facts.manifest = codec::hex_encode(sealed::manifest_digest(manifest));
  facts.broker_identity = codec::hex_encode(keys.broker_identity.public_key().spki_sha256());
  facts.ledger_vkey = keys.ledger.vkey();
  Texts texts;
  texts.init_data = init_data_text(config, facts);
  const std::string digest = hex_sha256(as_bytes(texts.init_data));
  texts.client_policy = policy_text(config, facts, digest, config.service + ": clients", true);
  texts.release_policy = policy_text(config, facts, digest, config.service + ": release", false);
  texts.baseline_policy = baseline_policy_text(config, facts, digest);
  CLAUSTRUM_TRY_ASSIGN(const std::string profile, make_profile(config, keys, facts, texts));
  const crypto::Sha256Digest publisher_key = keys.publisher.public_key().spki_sha256();
  const std::string publisher = codec::hex_encode(publisher_key);
  // Read back as a client will: what no client would accept is never published.
  CLAUSTRUM_TRY_ASSIGN(const document::Profile checked,
                       document::verify_profile(as_bytes(profile), publisher_key));
  CLAUSTRUM_TRY_ASSIGN(const Published published, publish(options.out, config, keys, facts, texts,
                                                          checked, workload, manifest));
  CLAUSTRUM_TRY(write_texts(options.out, texts, published, profile, publisher));
  Json out = Json::object();
  out.set("publisher", publisher)
      .set("measurement", facts.measurement)
      .set("init-data", digest)
      .set("manifest", facts.manifest);
  std::printf("%s\n", codec::to_json(out).c_str());
  return kAccepted;
}

Result<int> run_show(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes text, read_file(options.profile));
  CLAUSTRUM_TRY_ASSIGN(const Bytes publisher, codec::hex_decode(options.publisher));
  CLAUSTRUM_TRY_ASSIGN(const document::Profile profile, document::verify_profile(text, publisher));
  CLAUSTRUM_TRY(document::check_profile(profile, SystemClock().now(), 1));
  std::printf("%s", document::explain_profile(profile).c_str());
  return kAccepted;
}

int finish(const Result<int>& code) {
  return code.ok() ? *code : report(code.error());
}

}  // namespace

void add_profile(CLI::App& parent, Run& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      parent.add_subcommand("profile", "Service profiles: what a client trusts about a service");
  command->require_subcommand(1);
  CLI::App* make =
      command->add_subcommand("make", "Release step: init-data, policies, ledger, profile");
  make->add_option("--config", options->config, "release.toml")->required();
  make->add_option("--out", options->out, "folder for what is made; keys there are kept")
      ->required();
  make->footer("See docs/how-to/release.md for release.toml.");
  make->callback([&chosen, options] { chosen = [options] { return finish(run_make(*options)); }; });

  CLI::App* show = command->add_subcommand("show", "Check a profile and say it in words");
  show->add_option("profile", options->profile, "profile file")->required();
  show->add_option("--publisher", options->publisher, "SHA-256 of the publisher key (hex)")
      ->required();
  show->callback([&chosen, options] { chosen = [options] { return finish(run_show(*options)); }; });
}

}  // namespace claustrum::app
