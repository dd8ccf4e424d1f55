// SPDX-License-Identifier: Apache-2.0
// `claustrum profile make|show`: the release step, and reading a profile in words.
#include <cstdio>
#include <filesystem>

#include "claustrum/app/broker_files.h"
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
  std::vector<UnsavedKey> unsaved;
};

// Those that have no file yet are only in memory.
Result<Keys> find_keys(const std::string& out, const ReleaseConfig& config) {
  using crypto::KeyKind;
  std::vector<UnsavedKey> unsaved;
  const auto find = [&](const char* name, KeyKind kind) -> Result<crypto::PrivateKey> {
    CLAUSTRUM_TRY_ASSIGN(KeyFile file, load_or_generate(out + "/" + name, kind));
    if (file.unsaved.has_value()) {
      unsaved.push_back(std::move(*file.unsaved));
    }
    return std::move(file.key);
  };
  CLAUSTRUM_TRY_ASSIGN(crypto::PrivateKey publisher, find("publisher.pem", KeyKind::kP256));
  CLAUSTRUM_TRY_ASSIGN(crypto::PrivateKey identity, find("service-identity.pem", KeyKind::kP256));
  CLAUSTRUM_TRY_ASSIGN(crypto::PrivateKey broker, find("broker-identity.pem", KeyKind::kP256));
  CLAUSTRUM_TRY_ASSIGN(crypto::PrivateKey log, find("ledger.pem", KeyKind::kEd25519));
  return Keys{std::move(publisher), std::move(identity), std::move(broker),
              ledger::NoteSigner(config.ledger_origin, std::move(log)), std::move(unsaved)};
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

// Publishes what exists, in one log; returns the software entry and its offline proof.
struct Published {
  std::string software_entry;
  std::string software_proof;
};

Result<Published> publish(const std::string& out, const ReleaseConfig& config, const Keys& keys,
                          const ReleaseFacts& facts, const ReleaseTexts& texts,
                          const document::Profile& profile, BytesView workload,
                          BytesView manifest) {
  CLAUSTRUM_TRY_ASSIGN(const std::unique_ptr<broker::State> state,
                       open_or_make_broker({out + "/broker.db", out + "/broker-master.key"}));
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
                                 const ReleaseFacts& facts, const ReleaseTexts& texts) {
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

Status write_texts(const std::string& out, const ReleaseTexts& texts, const Published& published,
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

struct Inputs {
  ReleaseConfig config;
  Bytes workload;
  Bytes manifest;
};

Result<Inputs> read_inputs(const Options& options) {
  Inputs in;
  CLAUSTRUM_TRY_ASSIGN(const Bytes config_text, read_file(options.config));
  CLAUSTRUM_TRY_ASSIGN(in.config, parse_release_config(config_text));
  CLAUSTRUM_TRY_ASSIGN(in.workload, read_file(in.config.workload, kMaxProgram));
  CLAUSTRUM_TRY_ASSIGN(in.manifest,
                       read_file(in.config.sealed_model + "/" + sealed::kManifestName));
  return in;
}

Result<ReleaseFacts> gather_facts(const Inputs& in, const Keys& keys) {
  ReleaseFacts facts;
  facts.now = SystemClock().now();
  facts.measurement = codec::hex_encode(simulator::measure_workload(in.workload));
  CLAUSTRUM_TRY_ASSIGN(facts.engine_sha256, hash_file(in.config.engine));
  CLAUSTRUM_TRY(gather_libraries(in.config.libraries, facts));
  facts.manifest = codec::hex_encode(sealed::manifest_digest(in.manifest));
  facts.broker_identity = codec::hex_encode(keys.broker_identity.public_key().spki_sha256());
  facts.ledger_vkey = keys.ledger.vkey();
  return facts;
}

Status make_folder(const std::string& path, const Keys& keys) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) {
    return Error(Code::kUnavailable, "release.folder",
                 "cannot make the folder " + path + ": " + failed.message());
  }
  for (const UnsavedKey& key : keys.unsaved) {
    CLAUSTRUM_TRY(save(key));
  }
  return ok_status();
}

Result<int> run_make(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const Inputs in, read_inputs(options));
  CLAUSTRUM_TRY_ASSIGN(const Keys keys, find_keys(options.out, in.config));
  CLAUSTRUM_TRY_ASSIGN(const ReleaseFacts facts, gather_facts(in, keys));
  const ReleaseTexts texts = release_texts(in.config, facts);
  CLAUSTRUM_TRY_ASSIGN(const std::string profile, make_profile(in.config, keys, facts, texts));
  const crypto::Sha256Digest publisher_key = keys.publisher.public_key().spki_sha256();
  const std::string publisher = codec::hex_encode(publisher_key);
  // Read back as others will: what they would not accept is never published.
  CLAUSTRUM_TRY(check_release(in.config, texts, in.manifest));
  CLAUSTRUM_TRY_ASSIGN(const document::Profile checked,
                       document::verify_profile(as_bytes(profile), publisher_key));
  CLAUSTRUM_TRY(make_folder(options.out, keys));
  CLAUSTRUM_TRY_ASSIGN(
      const Published published,
      publish(options.out, in.config, keys, facts, texts, checked, in.workload, in.manifest));
  CLAUSTRUM_TRY(write_texts(options.out, texts, published, profile, publisher));
  Json out = Json::object();
  out.set("publisher", publisher)
      .set("measurement", facts.measurement)
      .set("init-data", hex_sha256(as_bytes(texts.init_data)))
      .set("manifest", facts.manifest);
  std::printf("%s\n", codec::to_json(out).c_str());
  return kAccepted;
}

Result<int> run_show(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes publisher, hex_option("--publisher", options.publisher, 32));
  CLAUSTRUM_TRY_ASSIGN(const Bytes text, read_file(options.profile));
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
