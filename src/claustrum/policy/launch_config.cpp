// SPDX-License-Identifier: Apache-2.0
// claustrum.toml, typed [docs/formats/init-data.md].
#include "claustrum/policy/launch_config.h"

#include <algorithm>

namespace claustrum::policy {

namespace {

using codec::Json;

constexpr std::size_t kMaxList = 64;
constexpr std::size_t kMaxTextLen = 4096;

Error malformed(std::string_view reason, std::string text) {
  return Error(Code::kMalformed, reason, std::move(text));
}

// Text without control characters: it ends up in arguments, names and file paths.
bool is_plain(std::string_view text) {
  return text.size() <= kMaxTextLen && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

bool all_of_set(std::string_view text, std::string_view extra) {
  return std::all_of(text.begin(), text.end(), [extra](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           extra.find(c) != std::string_view::npos;
  });
}

// A file name and nothing that could leave a directory.
bool is_file_name(std::string_view text) {
  return !text.empty() && text.size() <= 255 && text.front() != '.' && all_of_set(text, "._-+");
}

// KBS resource path: three segments.
bool is_resource_path(std::string_view path) {
  for (int segment = 0; segment < 3; ++segment) {
    const std::size_t end = segment == 2 ? path.size() : path.find('/');
    if (end == std::string_view::npos || end == 0 || end > 128 || path.front() == '.' ||
        !all_of_set(path.substr(0, end), "._-")) {
      return false;
    }
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return true;
}

Result<std::string> plain_at(const Json& table, std::string_view key) {
  CLAUSTRUM_TRY_ASSIGN(std::string text, table.string_at(key));
  if (text.empty() || !is_plain(text)) {
    return malformed("launch.text", "a text is empty, too long or has control characters");
  }
  return text;
}

Result<std::int64_t> integer_in(const Json& table, std::string_view key, std::int64_t least,
                                std::int64_t most) {
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t value, table.integer_at(key));
  if (value < least || value > most) {
    return malformed("launch.range", "a number is outside its range");
  }
  return value;
}

Result<std::vector<std::string>> texts_at(const Json& table, std::string_view key) {
  CLAUSTRUM_TRY_ASSIGN(const Json list, table.array_at(key));
  if (list.items().size() > kMaxList) {
    return Error(Code::kExhausted, "launch.limit", "a list is longer than 64");
  }
  std::vector<std::string> out;
  for (const Json& item : list.items()) {
    if (!item.is_string() || !is_plain(item.string())) {
      return malformed("launch.text", "a list holds something else than plain text");
    }
    out.push_back(item.string());
  }
  return out;
}

Result<Json> table_at(const Json& table, std::string_view key) {
  CLAUSTRUM_TRY_ASSIGN(Json inner, table.object_at(key));
  if (inner.members().size() > kMaxList) {
    return Error(Code::kExhausted, "launch.limit", "a table is longer than 64");
  }
  return inner;
}

Result<LaunchBroker> read_broker(const Json& root) {
  CLAUSTRUM_TRY_ASSIGN(const Json table, table_at(root, "broker"));
  CLAUSTRUM_TRY(table.only_members({"url", "identity"}));
  LaunchBroker broker;
  CLAUSTRUM_TRY_ASSIGN(broker.url, plain_at(table, "url"));
  if (!broker.url.starts_with("http://") && !broker.url.starts_with("https://")) {
    return malformed("launch.broker_url", "the broker's url is neither http nor https");
  }
  CLAUSTRUM_TRY_ASSIGN(broker.identity, table.hex_at("identity", 32));
  return broker;
}

Result<std::map<std::string, std::string, std::less<>>> read_secrets(const Json& root) {
  CLAUSTRUM_TRY_ASSIGN(const Json table, table_at(root, "secrets"));
  std::map<std::string, std::string, std::less<>> secrets;
  for (const Json::Member& member : table.members()) {
    if (!is_service_id(member.first) || !member.second.is_string() ||
        !is_resource_path(member.second.string())) {
      return malformed("launch.secret", "a secret is a name and a path repository/type/tag");
    }
    secrets.emplace(member.first, member.second.string());
  }
  return secrets;
}

Result<LaunchModel> read_model(const Json& root) {
  CLAUSTRUM_TRY_ASSIGN(const Json table, table_at(root, "model"));
  CLAUSTRUM_TRY(table.only_members({"name", "manifest", "file"}));
  LaunchModel model;
  CLAUSTRUM_TRY_ASSIGN(model.name, plain_at(table, "name"));
  CLAUSTRUM_TRY_ASSIGN(model.manifest, table.hex_at("manifest", 32));
  CLAUSTRUM_TRY_ASSIGN(model.file, plain_at(table, "file"));
  if (!is_file_name(model.file)) {
    return malformed("launch.file_name", "the model's file is no plain file name");
  }
  return model;
}

Status read_libraries(const Json& table, LaunchEngine& engine) {
  CLAUSTRUM_TRY_ASSIGN(const Json libraries, table_at(table, "libraries"));
  for (const Json::Member& member : libraries.members()) {
    if (!is_file_name(member.first)) {
      return malformed("launch.file_name", "a library's name is no plain file name");
    }
    CLAUSTRUM_TRY_ASSIGN(Bytes digest, libraries.hex_at(member.first, 32));
    engine.libraries.emplace(member.first, std::move(digest));
  }
  return ok_status();
}

Status read_environment(const Json& table, LaunchEngine& engine) {
  CLAUSTRUM_TRY_ASSIGN(const Json environment, table_at(table, "environment"));
  for (const Json::Member& member : environment.members()) {
    if (member.first.empty() || !all_of_set(member.first, "_") || !member.second.is_string() ||
        !is_plain(member.second.string())) {
      return malformed("launch.environment", "a variable is a plain name and a plain text");
    }
    engine.environment.emplace(member.first, member.second.string());
  }
  return ok_status();
}

Result<LaunchEngine> read_engine(const Json& root) {
  CLAUSTRUM_TRY_ASSIGN(const Json table, table_at(root, "engine"));
  CLAUSTRUM_TRY(table.only_members({"profile", "binary", "arguments", "libraries", "environment"}));
  LaunchEngine engine;
  CLAUSTRUM_TRY_ASSIGN(engine.profile, plain_at(table, "profile"));
  CLAUSTRUM_TRY_ASSIGN(engine.binary, table.hex_at("binary", 32));
  CLAUSTRUM_TRY_ASSIGN(engine.arguments, texts_at(table, "arguments"));
  CLAUSTRUM_TRY(read_libraries(table, engine));
  CLAUSTRUM_TRY(read_environment(table, engine));
  return engine;
}

Result<LaunchLedger> read_ledger(const Json& root) {
  CLAUSTRUM_TRY_ASSIGN(const Json table, table_at(root, "ledger"));
  CLAUSTRUM_TRY(table.only_members({"keys", "quorum"}));
  LaunchLedger ledger;
  CLAUSTRUM_TRY_ASSIGN(ledger.keys, texts_at(table, "keys"));
  CLAUSTRUM_TRY_ASSIGN(ledger.quorum, integer_in(table, "quorum", 0, 64));
  return ledger;
}

Result<LaunchServe> read_serve(const Json& root) {
  CLAUSTRUM_TRY_ASSIGN(const Json table, table_at(root, "serve"));
  CLAUSTRUM_TRY(table.only_members({"tick-ms", "block", "key-life-seconds"}));
  LaunchServe serve;
  CLAUSTRUM_TRY_ASSIGN(serve.tick_ms, integer_in(table, "tick-ms", 10, 1000));
  CLAUSTRUM_TRY_ASSIGN(serve.block, integer_in(table, "block", 64, 4096));
  CLAUSTRUM_TRY_ASSIGN(serve.key_life_seconds, integer_in(table, "key-life-seconds", 1, 3600));
  return serve;
}

}  // namespace

bool is_service_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Result<LaunchConfig> parse_launch_config(const InitData& init_data) {
  const Json& root = init_data.launch;
  if (root.is_null()) {
    return malformed("launch.absent", "init-data has no claustrum.toml");
  }
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t version, root.integer_at("version"));
  if (version != 1) {
    return Error(Code::kUnsupported, "launch.version", "only version 1 is known");
  }
  LaunchConfig config;
  CLAUSTRUM_TRY_ASSIGN(config.role, root.string_at("role"));
  if (config.role != "serve") {
    return Error(Code::kUnsupported, "launch.role", "only the role serve is known");
  }
  CLAUSTRUM_TRY(root.only_members(
      {"version", "role", "service", "broker", "secrets", "model", "engine", "ledger", "serve"}));
  CLAUSTRUM_TRY_ASSIGN(config.service, root.string_at("service"));
  if (!is_service_id(config.service)) {
    return malformed("launch.service", "a service id is 1 to 64 of a-z, 0-9 and -");
  }
  CLAUSTRUM_TRY_ASSIGN(config.broker, read_broker(root));
  CLAUSTRUM_TRY_ASSIGN(config.secrets, read_secrets(root));
  CLAUSTRUM_TRY_ASSIGN(config.model, read_model(root));
  CLAUSTRUM_TRY_ASSIGN(config.engine, read_engine(root));
  CLAUSTRUM_TRY_ASSIGN(config.ledger, read_ledger(root));
  CLAUSTRUM_TRY_ASSIGN(config.serve, read_serve(root));
  return config;
}

}  // namespace claustrum::policy
