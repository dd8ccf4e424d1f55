// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/ledger_api.h"

#include <charconv>

#include "claustrum/ledger/tlog_proof.h"

namespace claustrum::broker {

namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";

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
  // Another process of the owner's may have added entries.
  if (!state.refresh().ok()) {
    return text_response(503, kText, as_bytes("the ledger cannot be read\n"));
  }
  if (path == "/ledger/checkpoint") {
    const std::string checkpoint = state.with_tree(
        [&](const ledger::MerkleTree& tree) { return signed_checkpoint(tree, signer, origin); });
    return text_response(200, kText, as_bytes(checkpoint));
  }
  const std::optional<std::uint64_t> index = index_of(query);
  if (index.has_value() && path == "/ledger/entry") {
    const Result<Bytes> entry = state.ledger_entry(*index);
    if (entry.ok()) {
      return text_response(200, "application/json", *entry);
    }
  }
  if (index.has_value() && path == "/ledger/proof") {
    const Result<std::string> proof = state.with_tree([&](const ledger::MerkleTree& tree) {
      return offline_proof(tree, *index, signer, origin);
    });
    if (proof.ok()) {
      return text_response(200, kText, as_bytes(*proof));
    }
  }
  return text_response(404, kText, as_bytes("no such entry\n"));
}

}  // namespace claustrum::broker
