// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/state_head.h"

#include "claustrum/base/writer.h"
#include "claustrum/codec/hex.h"

namespace claustrum::broker {

namespace {

using codec::Json;

constexpr std::int64_t kVersion = 1;

Error malformed() {
  return Error(Code::kMalformed, "broker.head", "the state's head has not the form we write");
}

Result<ledger::Hash> hash_at(const Json& json, std::string_view key) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes bytes, json.hex_at(key, ledger::Hash().size()));
  return to_array<ledger::Hash().size()>(bytes);
}

}  // namespace

StateHead empty_head() {
  StateHead head;
  head.secrets = digest_of({});
  return head;
}

std::string to_jcs(const StateHead& head) {
  Json json = Json::object();
  json.set("version", kVersion)
      .set("sequence", head.sequence)
      .set("ledger-size", head.ledger_size)
      .set("ledger-chain", codec::hex_encode(head.ledger_chain))
      .set("secrets", codec::hex_encode(head.secrets));
  return codec::to_jcs(json);
}

Result<StateHead> parse_head(BytesView text) {
  CLAUSTRUM_TRY_ASSIGN(const Json json, codec::parse_json(text));
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t version, json.integer_at("version"));
  StateHead head;
  CLAUSTRUM_TRY_ASSIGN(head.sequence, json.integer_at("sequence"));
  CLAUSTRUM_TRY_ASSIGN(head.ledger_size, json.integer_at("ledger-size"));
  CLAUSTRUM_TRY_ASSIGN(head.ledger_chain, hash_at(json, "ledger-chain"));
  CLAUSTRUM_TRY_ASSIGN(head.secrets, hash_at(json, "secrets"));
  if (version != kVersion || head.sequence < 1 || head.ledger_size < 0 ||
      as_text(text) != to_jcs(head)) {
    return malformed();
  }
  return head;
}

ledger::Hash extend_chain(const ledger::Hash& chain, const ledger::Hash& leaf) {
  ByteWriter out;
  out.text("claustrum ledger chain v1").u8(0).bytes(chain).bytes(leaf);
  return crypto::sha256(out.view());
}

ledger::Hash digest_of(const SecretIndex& index) {
  ByteWriter out;
  out.text("claustrum secrets v1").u8(0);
  for (const auto& [name, place] : index) {
    out.u32be(static_cast<std::uint32_t>(name.size())).text(name);
    out.u64be(static_cast<std::uint64_t>(place.version));
    out.u32be(static_cast<std::uint32_t>(place.policy_digest.size())).bytes(place.policy_digest);
    out.u64be(static_cast<std::uint64_t>(place.sequence));
  }
  return crypto::sha256(out.view());
}

}  // namespace claustrum::broker
