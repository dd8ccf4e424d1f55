// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/release.h"

#include "claustrum/codec/hex.h"
#include "claustrum/codec/toml.h"
#include "claustrum/crypto/hash.h"
#include "claustrum/ledger/note.h"
#include "claustrum/net/http.h"
#include "claustrum/policy/launch_config.h"
#include "claustrum/policy/policy.h"
#include "claustrum/sealed/manifest.h"

namespace claustrum::app {

namespace {

using codec::Json;

constexpr std::int64_t kDay = 86'400;

std::string line(std::string_view name, std::string_view value) {
  return std::string(name) + " = " + std::string(value) + "\n";
}

std::string text_line(std::string_view name, std::string_view value) {
  return line(name, toml_string(value));
}

std::string simulated_section(const ReleaseConfig& config, const ReleaseFacts& facts) {
  if (config.simulated_root.empty()) {
    return {};
  }
  return "\n[[simulated]]\n" + text_line("root", config.simulated_root) +
         text_line("reason", "simulated TEE on one machine: no protection") +
         text_line("until", format_rfc3339(facts.now + config.valid_days * kDay)) +
         // The simulator issues its list when a machine starts: nothing older than this release.
         "\n[[floor]]\n" + text_line("issuer", config.simulated_root) +
         text_line("crl-this-update", format_rfc3339(facts.now + -kDay));
}

std::string products(const ReleaseConfig& config) {
  return config.simulated_root.empty()
             ? "product = { one-of = [\"Milan\", \"Genoa\", \"Turin\"] }\n"
             : "product = { one-of = [\"Milan\"] }\n";
}

// Version 1, for the baseline: version 2 does not let a policy leave the program open.
std::string baseline_rules(const ReleaseConfig& config) {
  return "platform = { one-of = [\"amd-sev-snp\"] }\n" + products(config) +
         "debug = { exact = false }\n"
         "migration = { exact = false }\n"
         "vmpl = { exact = 0 }\n"
         "chip-id = { ignore = \"the operator picks the machine\" }\n";
}

std::string section(const ReleaseConfig& config, const ReleaseFacts& facts) {
  return "\n[platform.amd-sev-snp]\n" + products(config) +
         "provider = { exact = \"\" }\n"
         "debug = { exact = false }\n"
         "migration = { exact = false }\n"
         "privilege-level = { exact = 0 }\n"
         "hardware-id = { ignore = \"the operator picks the machine\" }\n" +
         line("measurements.measurement", "{ one-of = [" + toml_string(facts.measurement) + "] }");
}

// Levels of early 2025, when the BadRAM mitigations had been shipped.
struct Levels {
  std::string_view product;
  std::string_view rules;
};
constexpr Levels kLevels[] = {
    {"Milan",
     "bootloader = { at-least = 4 }\ntee = { at-least = 0 }\nsnp = { at-least = 24 }\n"
     "microcode = { at-least = 219 }\n"},
    {"Genoa",
     "bootloader = { at-least = 10 }\ntee = { at-least = 0 }\nsnp = { at-least = 23 }\n"
     "microcode = { at-least = 84 }\n"},
    {"Turin",
     "fmc = { at-least = 1 }\nbootloader = { at-least = 1 }\ntee = { at-least = 1 }\n"
     "snp = { at-least = 4 }\nmicrocode = { at-least = 81 }\n"}};

std::string levels(const ReleaseConfig& config, std::string_view table) {
  std::string out;
  for (const Levels& product : kLevels) {
    // Version 2 calls floors of a product that the policy refuses a mistake.
    if (config.simulated_root.empty() || product.product == "Milan") {
      out += "\n[" + std::string(table) + "." + std::string(product.product) + "]\n" +
             std::string(product.rules);
    }
  }
  return out;
}

std::string init_data_text(const ReleaseConfig& config, const ReleaseFacts& facts) {
  std::string launch =
      "version = 1\n" + text_line("role", "serve") + text_line("service", config.service) +
      "\n[broker]\n" + text_line("url", config.broker_url) +
      text_line("identity", facts.broker_identity) + "\n[secrets]\n" +
      text_line("model-key", "default/model-key/1") +
      text_line("identity-key", "default/service-identity/1") + "\n[model]\n" +
      text_line("name", config.model_name) + text_line("manifest", facts.manifest) +
      text_line("file", config.model_file) + "\n[engine]\n" +
      text_line("profile", "openai-chat/1") + text_line("binary", facts.engine_sha256);
  std::string arguments;
  for (const std::string& argument : config.engine_arguments) {
    arguments += (arguments.empty() ? "" : ", ") + toml_string(argument);
  }
  launch += line("arguments", "[" + arguments + "]") + "[engine.libraries]\n";
  for (const auto& [name, digest] : facts.libraries) {
    launch += text_line(toml_string(name), digest);
  }
  launch += "[engine.environment]\n" + text_line("LANG", "C.UTF-8") + "\n[ledger]\n" +
            line("keys", "[" + toml_string(facts.ledger_vkey) + "]") + line("quorum", "0") +
            "\n[serve]\n" + line("tick-ms", "50") + line("block", "512") +
            line("key-life-seconds", "3600");
  return "version = \"0.1.0\"\nalgorithm = \"sha256\"\n\n[data]\n\"claustrum.toml\" = '''\n" +
         launch + "'''\n";
}

std::string policy_text(const ReleaseConfig& config, const ReleaseFacts& facts,
                        const std::string& init_data_digest, const std::string& name,
                        bool waive_witness) {
  std::string out = "version = 2\n" + text_line("name", name) + section(config, facts) +
                    levels(config, "platform.amd-sev-snp.tcb") + "\n[init-data]\n" +
                    line("digest", "{ one-of = [" + toml_string(init_data_digest) + "] }") +
                    simulated_section(config, facts);
  if (waive_witness) {
    out += "\n[[waive]]\n" + text_line("factor", "ledger-witnessed") +
           text_line("reason", "this log has no witnesses yet") +
           text_line("until", format_rfc3339(facts.now + config.valid_days * kDay));
  }
  return out;
}

std::string baseline_policy_text(const ReleaseConfig& config, const ReleaseFacts& facts,
                                 const std::string& init_data_digest) {
  return "version = 1\n" + text_line("name", config.service + ": baseline of the broker") + "\n" +
         baseline_rules(config) +
         "measurement = { ignore = \"each secret's own policy names programs\" }\n" +
         levels(config, "tcb") + "\n[init-data]\n" +
         line("digest", "{ one-of = [" + toml_string(init_data_digest) + "] }") +
         simulated_section(config, facts);
}

Status check_model_file(const ReleaseConfig& config, BytesView manifest) {
  CLAUSTRUM_TRY_ASSIGN(const sealed::Manifest parsed, sealed::parse_manifest(manifest));
  if (parsed.find(config.model_file) == nullptr) {
    return Error(Code::kMalformed, "release.model_file",
                 "the sealed model has no file " + config.model_file);
  }
  return ok_status();
}

}  // namespace

Result<ReleaseConfig> parse_release_config(BytesView toml) {
  CLAUSTRUM_TRY_ASSIGN(const Json file, codec::parse_toml(toml));
  CLAUSTRUM_TRY(
      file.only_members({"service", "publisher", "number", "valid-days", "workload", "engine",
                         "libraries", "engine-arguments", "sealed-model", "model-file",
                         "model-name", "broker-url", "simulated-root", "ledger-origin"}));
  ReleaseConfig out;
  CLAUSTRUM_TRY_ASSIGN(out.service, file.string_at("service"));
  CLAUSTRUM_TRY_ASSIGN(out.publisher, file.string_at("publisher"));
  CLAUSTRUM_TRY_ASSIGN(out.number, file.integer_at("number"));
  CLAUSTRUM_TRY_ASSIGN(out.valid_days, file.integer_at("valid-days"));
  CLAUSTRUM_TRY_ASSIGN(out.workload, file.string_at("workload"));
  CLAUSTRUM_TRY_ASSIGN(out.engine, file.string_at("engine"));
  CLAUSTRUM_TRY_ASSIGN(out.libraries, file.string_at("libraries"));
  CLAUSTRUM_TRY_ASSIGN(const Json arguments, file.array_at("engine-arguments"));
  for (const Json& argument : arguments.items()) {
    if (!argument.is_string()) {
      return Error(Code::kMalformed, "release.arguments", "engine-arguments are strings");
    }
    out.engine_arguments.push_back(argument.string());
  }
  CLAUSTRUM_TRY_ASSIGN(out.sealed_model, file.string_at("sealed-model"));
  CLAUSTRUM_TRY_ASSIGN(out.model_file, file.string_at("model-file"));
  CLAUSTRUM_TRY_ASSIGN(out.model_name, file.string_at("model-name"));
  CLAUSTRUM_TRY_ASSIGN(out.broker_url, file.string_at("broker-url"));
  CLAUSTRUM_TRY_ASSIGN(out.ledger_origin, file.string_at("ledger-origin"));
  if (file.find("simulated-root") != nullptr) {
    CLAUSTRUM_TRY(file.hex_at("simulated-root", 32));
    CLAUSTRUM_TRY_ASSIGN(out.simulated_root, file.string_at("simulated-root"));
  }
  CLAUSTRUM_TRY(ledger::check_note_name(out.ledger_origin));
  if (out.valid_days < 1 || out.valid_days > 365) {
    return Error(Code::kMalformed, "release.valid_days", "valid-days is 1 to 365");
  }
  return out;
}

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '"' || c == '\'' || c == '\\') {
      out.append("\\u00").append(codec::hex_encode(ByteArray<1>{byte}));
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

ReleaseTexts release_texts(const ReleaseConfig& config, const ReleaseFacts& facts) {
  ReleaseTexts out;
  out.init_data = init_data_text(config, facts);
  const std::string digest = codec::hex_encode(crypto::sha256(as_bytes(out.init_data)));
  out.client_policy = policy_text(config, facts, digest, config.service + ": clients", true);
  out.release_policy = policy_text(config, facts, digest, config.service + ": release", false);
  out.baseline_policy = baseline_policy_text(config, facts, digest);
  return out;
}

Status check_release(const ReleaseConfig& config, const ReleaseTexts& texts, BytesView manifest) {
  CLAUSTRUM_TRY_ASSIGN(const policy::InitData init_data,
                       policy::parse_init_data(as_bytes(texts.init_data)));
  CLAUSTRUM_TRY_ASSIGN(const policy::LaunchConfig launch, policy::parse_launch_config(init_data));
  const Result<net::Endpoint> broker = net::Endpoint::parse(launch.broker.url);
  if (!broker.ok()) {
    return Error(broker.error()).within("broker-url " + config.broker_url);
  }
  CLAUSTRUM_TRY(check_model_file(config, manifest));
  for (const std::string* text :
       {&texts.client_policy, &texts.release_policy, &texts.baseline_policy}) {
    CLAUSTRUM_TRY(policy::Policy::parse(as_bytes(*text)));
  }
  return ok_status();
}

}  // namespace claustrum::app
