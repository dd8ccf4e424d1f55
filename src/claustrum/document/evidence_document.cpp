// SPDX-License-Identifier: Apache-2.0
// Reading and writing the evidence document [docs/formats/evidence-document.md]. The version is
// looked at first, so that a later version is "unsupported" and not a heap of unknown members.
#include "claustrum/document/evidence_document.h"

#include "claustrum/codec/base64.h"
#include "claustrum/codec/json.h"
#include "claustrum/policy/init_data.h"

namespace claustrum::document {

namespace {

using codec::Json;

constexpr std::size_t kMaxEntries = 32;  // of collateral and proofs
constexpr std::size_t kMaxProofLen = 64 << 10;
constexpr std::size_t kMaxPath = 16;  // 2^12 leaves need 12
constexpr std::size_t kMaxNameLen = 64;

Error limit(std::string text) {
  return Error(Code::kExhausted, "document.limit", std::move(text));
}

bool is_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameLen) {
    return false;
  }
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!plain) {
      return false;
    }
  }
  return true;
}

Result<Bytes> section_at(const Json& table, std::string_view key, std::size_t max) {
  CLAUSTRUM_TRY_ASSIGN(Bytes bytes, table.base64_at(key));
  if (bytes.size() > max) {
    return limit("a section is over its limit");
  }
  return bytes;
}

Result<std::optional<Bytes>> optional_section(const Json& root, std::string_view key) {
  if (root.find(key) == nullptr) {
    return std::optional<Bytes>();
  }
  CLAUSTRUM_TRY_ASSIGN(Bytes bytes, section_at(root, key, kMaxSectionLen));
  return std::optional<Bytes>(std::move(bytes));
}

Result<BatchProof> read_batch(const Json& batch) {
  CLAUSTRUM_TRY(batch.only_members({"size", "index", "path"}));
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t size, batch.integer_at("size"));
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t index, batch.integer_at("index"));
  CLAUSTRUM_TRY_ASSIGN(const Json path, batch.array_at("path"));
  if (size < 1 || size > static_cast<std::int64_t>(kMaxBatch) || index < 0 || index >= size ||
      path.items().size() > kMaxPath) {
    return Error(Code::kMalformed, "document.batch", "size, index or path out of range");
  }
  BatchProof proof;
  proof.size = static_cast<std::uint64_t>(size);
  proof.index = static_cast<std::uint64_t>(index);
  for (const Json& item : path.items()) {
    CLAUSTRUM_TRY_ASSIGN(const Bytes hash,
                         item.is_string() ? codec::base64_decode(item.string())
                                          : Result<Bytes>(Error(Code::kMalformed, "document.batch",
                                                                "a path holds base64 strings")));
    if (hash.size() != 32) {
      return Error(Code::kMalformed, "document.batch", "a hash of the path has not 32 bytes");
    }
    proof.path.push_back(to_array<32>(hash));
  }
  return proof;
}

Result<Json> named_table(const Json& root, std::string_view key) {
  CLAUSTRUM_TRY_ASSIGN(Json table, root.object_at(key));
  if (table.members().size() > kMaxEntries) {
    return limit("more than 32 entries of collateral or proofs");
  }
  for (const Json::Member& member : table.members()) {
    if (!is_name(member.first)) {
      return Error(Code::kMalformed, "document.name", "an entry's name is no plain name");
    }
  }
  return table;
}

Status read_cpu(const Json& root, EvidenceDocument& out) {
  CLAUSTRUM_TRY_ASSIGN(const Json cpu, root.object_at("cpu"));
  CLAUSTRUM_TRY(cpu.only_members({"platform", "evidence"}));
  CLAUSTRUM_TRY_ASSIGN(out.platform, cpu.string_at("platform"));
  if (!is_name(out.platform)) {
    return Error(Code::kMalformed, "document.platform", "the platform is no plain name");
  }
  CLAUSTRUM_TRY_ASSIGN(out.evidence, section_at(cpu, "evidence", kMaxSectionLen));
  return ok_status();
}

Status read_unhashed(const Json& root, EvidenceDocument& out) {
  CLAUSTRUM_TRY_ASSIGN(const Json collateral, named_table(root, "collateral"));
  for (const Json::Member& member : collateral.members()) {
    CLAUSTRUM_TRY_ASSIGN(Bytes bytes, section_at(collateral, member.first, kMaxSectionLen));
    out.collateral.emplace(member.first, std::move(bytes));
  }
  CLAUSTRUM_TRY_ASSIGN(const Json proofs, named_table(root, "proofs"));
  for (const Json::Member& member : proofs.members()) {
    CLAUSTRUM_TRY_ASSIGN(std::string text, proofs.string_at(member.first));
    if (text.size() > kMaxProofLen) {
      return limit("a proof is longer than 64 KiB");
    }
    out.proofs.emplace(member.first, std::move(text));
  }
  return ok_status();
}

Status read_sections(const Json& root, EvidenceDocument& out) {
  CLAUSTRUM_TRY_ASSIGN(out.init_data, section_at(root, "init-data", policy::kMaxInitDataLen));
  CLAUSTRUM_TRY_ASSIGN(out.keys, section_at(root, "keys", kMaxSectionLen));
  CLAUSTRUM_TRY_ASSIGN(out.devices, optional_section(root, "devices"));
  CLAUSTRUM_TRY_ASSIGN(out.software, optional_section(root, "software"));
  CLAUSTRUM_TRY_ASSIGN(out.model, optional_section(root, "model"));
  CLAUSTRUM_TRY_ASSIGN(out.room, optional_section(root, "room"));
  return ok_status();
}

void write_section(Json& root, std::string_view key, const std::optional<Bytes>& section) {
  if (section) {
    root.set(key, codec::base64_encode(*section));
  }
}

Json write_batch(const BatchProof& batch) {
  Json path = Json::array();
  for (const crypto::Sha256Digest& hash : batch.path) {
    path.push(codec::base64_encode(hash));
  }
  Json out = Json::object();
  out.set("size", static_cast<std::int64_t>(batch.size))
      .set("index", static_cast<std::int64_t>(batch.index))
      .set("path", std::move(path));
  return out;
}

}  // namespace

Sections EvidenceDocument::sections() const {
  const auto view = [](const std::optional<Bytes>& section) {
    return section ? std::optional<BytesView>(BytesView(*section)) : std::nullopt;
  };
  Sections out;
  out.init_data = BytesView(init_data);
  out.keys = BytesView(keys);
  out.devices = view(devices);
  out.software = view(software);
  out.model = view(model);
  out.room = view(room);
  return out;
}

Result<EvidenceDocument> parse_evidence_document(BytesView json) {
  if (json.size() > kMaxDocumentLen) {
    return limit("longer than 4 MiB");
  }
  codec::JsonLimits limits;
  limits.max_bytes = kMaxDocumentLen;
  limits.max_depth = 4;
  limits.max_values = 512;
  CLAUSTRUM_TRY_ASSIGN(const Json root, codec::parse_json(json, limits));
  EvidenceDocument out;
  CLAUSTRUM_TRY_ASSIGN(out.version, root.integer_at("version"));
  if (out.version != kDocumentVersion) {
    return Error(Code::kUnsupported, "document.version", "only version 1 is known");
  }
  CLAUSTRUM_TRY(
      root.only_members({"version", "role", "cpu", "batch", "init-data", "keys", "devices",
                         "software", "model", "room", "collateral", "proofs"}));
  CLAUSTRUM_TRY_ASSIGN(out.role, root.string_at("role"));
  if (!is_role(out.role)) {
    return Error(Code::kMalformed, "document.role", "a role is 1 to 32 of a-z, 0-9 and -");
  }
  CLAUSTRUM_TRY(read_cpu(root, out));
  if (root.find("batch") != nullptr) {
    CLAUSTRUM_TRY_ASSIGN(const Json batch, root.object_at("batch"));
    CLAUSTRUM_TRY_ASSIGN(out.batch, read_batch(batch));
  }
  CLAUSTRUM_TRY(read_sections(root, out));
  CLAUSTRUM_TRY(read_unhashed(root, out));
  return out;
}

std::string serialize(const EvidenceDocument& document) {
  Json cpu = Json::object();
  cpu.set("platform", document.platform).set("evidence", codec::base64_encode(document.evidence));
  Json root = Json::object();
  root.set("version", document.version).set("role", document.role).set("cpu", std::move(cpu));
  if (document.batch) {
    root.set("batch", write_batch(*document.batch));
  }
  root.set("init-data", codec::base64_encode(document.init_data))
      .set("keys", codec::base64_encode(document.keys));
  write_section(root, "devices", document.devices);
  write_section(root, "software", document.software);
  write_section(root, "model", document.model);
  write_section(root, "room", document.room);
  Json collateral = Json::object();
  for (const auto& [name, bytes] : document.collateral) {
    collateral.set(name, codec::base64_encode(bytes));
  }
  Json proofs = Json::object();
  for (const auto& [name, text] : document.proofs) {
    proofs.set(name, text);
  }
  root.set("collateral", std::move(collateral)).set("proofs", std::move(proofs));
  return codec::to_json(root);
}

}  // namespace claustrum::document
