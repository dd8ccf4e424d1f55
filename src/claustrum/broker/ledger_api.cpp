// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/ledger_api.h"

#include <charconv>

#include "claustrum/ledger/tlog_proof.h"

namespace claustrum::broker {

namespace {

net::Response text_response(int status, std::string_view type, BytesView body) {
  net::Response response;
  response.status = status;
  response.headers.add("Content-Type", std::string(type));
  response.body = to_bytes(body);
  return response;
}

// "index=N", nothing else.
std::optional<std::uint64_t> index_of(std::string_view query) {
  constexpr std::string_view kName = "index=";
  if (!query.starts_with(kName)) {
    return std::nullopt;
  }
  query.remove_prefix(kName.size());
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(query.data(), query.data() + query.size(), value);
  if (query.empty() || error != std::errc() || end != query.data() + query.size()) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::string signed_checkpoint(const ledger::MerkleTree& tree, const ledger::NoteSigner& signer,
                              const std::string& origin) {
  return signer.sign(ledger::checkpoint_text({origin, tree.size(), tree.root()}));
}

Result<std::string> offline_proof(const ledger::MerkleTree& tree, std::uint64_t index,
                                  const ledger::NoteSigner& signer, const std::string& origin) {
  if (index >= tree.size()) {
    return Error(Code::kNotFound, "broker.ledger_entry", "no such ledger entry");
  }
  return ledger::serialize_tlog_proof(
      {index, tree.inclusion_proof(index, tree.size()), signed_checkpoint(tree, signer, origin)});
}

net::Response ledger_answer(State& state, const ledger::NoteSigner& signer,
                            const std::string& origin, std::string_view path,
                            std::string_view query) {
  if (path == "/ledger/checkpoint") {
    return text_response(200, "text/plain; charset=utf-8",
                         as_bytes(signed_checkpoint(state.tree(), signer, origin)));
  }
  const std::optional<std::uint64_t> index = index_of(query);
  if (index.has_value() && path == "/ledger/entry") {
    const Result<Bytes> entry = state.ledger_entry(*index);
    if (entry.ok()) {
      return text_response(200, "application/json", *entry);
    }
  }
  if (index.has_value() && path == "/ledger/proof") {
    const Result<std::string> proof = offline_proof(state.tree(), *index, signer, origin);
    if (proof.ok()) {
      return text_response(200, "text/plain; charset=utf-8", as_bytes(*proof));
    }
  }
  return text_response(404, "text/plain; charset=utf-8", as_bytes("no such entry\n"));
}

}  // namespace claustrum::broker
