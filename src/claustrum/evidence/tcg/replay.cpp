// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/tcg/replay.h"

#include <optional>

#include "claustrum/base/guard.h"

namespace claustrum::evidence::tcg {
namespace {

constexpr std::uint32_t kNumPcrs = 24;
constexpr std::uint32_t kNumRtmrs = 4;
constexpr std::uint32_t kFirstDrtmPcr = 17;
constexpr std::uint32_t kLastDrtmPcr = 22;
constexpr std::string_view kStartupLocality("StartupLocality\0", 16);

// The register an event's index names; nothing for an index that names none.
std::optional<std::uint32_t> number_of(std::uint32_t index, RegisterKind kind) {
  if (kind == RegisterKind::kTpmPcr) {
    return index < kNumPcrs ? std::optional(index) : std::nullopt;
  }
  return index >= 1 && index <= kNumRtmrs ? std::optional(index - 1) : std::nullopt;
}

Bytes reset_value(std::uint32_t number, RegisterKind kind, std::size_t len, std::uint8_t locality) {
  const bool drtm =
      kind == RegisterKind::kTpmPcr && number >= kFirstDrtmPcr && number <= kLastDrtmPcr;
  Bytes out(len, drtm ? std::uint8_t{0xff} : std::uint8_t{0});
  if (kind == RegisterKind::kTpmPcr && number == 0) {
    out.back() = locality;
  }
  return out;
}

// A TPM started from locality 3 or 4 begins PCR 0 at that number. A false one leads elsewhere than
// to the signed value.
std::uint8_t startup_locality(const EventLog& log) {
  for (const Event& event : log.events) {
    if (event.type == kEvNoAction && event.index == 0 &&
        event.data.size() == kStartupLocality.size() + 1 &&
        equal(BytesView(event.data).first(kStartupLocality.size()), as_bytes(kStartupLocality))) {
      return event.data.back();
    }
  }
  return 0;
}

// The register that an event extends and with what.
struct Extension {
  std::uint32_t number = 0;
  const Bytes* digest = nullptr;
};

Result<Extension> extension_of(const Event& event, RegisterKind kind, crypto::HashAlg alg) {
  const std::optional<std::uint32_t> number = number_of(event.index, kind);
  if (!number) {
    return Error(Code::kMismatch, "tcg.register_index",
                 "an event extends register " + std::to_string(event.index));
  }
  const Bytes* digest = event.digest(algorithm_id(alg));
  if (digest == nullptr) {
    return Error(Code::kMismatch, "tcg.digest_missing",
                 "an event has no digest in the bank replayed");
  }
  return Extension{*number, digest};
}

}  // namespace

std::uint16_t algorithm_id(crypto::HashAlg alg) {
  switch (alg) {
    case crypto::HashAlg::kSha256:
      return kAlgSha256;
    case crypto::HashAlg::kSha384:
      return kAlgSha384;
    case crypto::HashAlg::kSha512:
      return kAlgSha512;
  }
  return 0;
}

Result<Registers> replay(const EventLog& log, RegisterKind kind, crypto::HashAlg alg) {
  const std::uint8_t locality = startup_locality(log);
  Registers out;
  for (const Event& event : log.events) {
    if (event.type == kEvNoAction) {
      continue;
    }
    CLAUSTRUM_TRY_ASSIGN(const Extension extension, extension_of(event, kind, alg));
    Bytes& value = out.try_emplace(extension.number, reset_value(extension.number, kind,
                                                                 crypto::digest_len(alg), locality))
                       .first->second;
    value = crypto::hash(alg, concat({value, *extension.digest}));
  }
  return out;
}

Result<ProvenLog> prove_log(const EventLog& log, RegisterKind kind, crypto::HashAlg alg,
                            const Registers& quoted) {
  CLAUSTRUM_TRY_ASSIGN(const Registers replayed, replay(log, kind, alg));
  ProvenLog out;
  out.alg_ = alg;
  out.kind_ = kind;
  for (const auto& [number, value] : replayed) {
    const auto at = quoted.find(number);
    const bool same = at != quoted.end() && at->second == value;
    (CLAUSTRUM_GUARD("evidence.tcg.register", same) ? out.proven_ : out.differing_).insert(number);
  }
  for (const Event& event : log.events) {
    if (event.type == kEvNoAction) {
      continue;
    }
    CLAUSTRUM_TRY_ASSIGN(const Extension extension, extension_of(event, kind, alg));
    if (out.proven_.contains(extension.number)) {
      out.events_.push_back({extension.number, event.type, *extension.digest, event.data});
    }
  }
  return out;
}

}  // namespace claustrum::evidence::tcg
