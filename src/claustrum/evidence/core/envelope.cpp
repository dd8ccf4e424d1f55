// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/core/envelope.h"

#include <algorithm>

#include "claustrum/base/reader.h"
#include "claustrum/codec/pem.h"
#include "claustrum/evidence/core/envelope_cmw.h"
#include "claustrum/evidence/core/envelope_json.h"
#include "claustrum/evidence/core/envelope_text.h"

namespace claustrum::evidence {

namespace {

constexpr int kMaxDepth = 4;
constexpr std::string_view kPemBegin = "-----BEGIN ";

// Open Enclave: u32 version = 1 | u32 type = 2 (remote SGX report) | u64 size of the quote.
std::optional<BytesView> open_enclave_quote(BytesView file) {
  ByteReader in(file, "Open Enclave header");
  const bool header = in.u32le() == 1 && in.u32le() == 2;
  const std::uint64_t size = in.u64le();
  const BytesView quote = in.rest();
  return in.ok() && header && !quote.empty() && size == quote.size() ? std::optional(quote)
                                                                     : std::nullopt;
}

Result<Unwrapped> unwrap_binary(BytesView file) {
  if (std::optional<Result<Unwrapped>> cmw = unwrap_cbor_cmw(file); cmw) {
    return std::move(*cmw);
  }
  if (const std::optional<BytesView> quote = open_enclave_quote(file); quote) {
    return Unwrapped{to_bytes(*quote), "Open Enclave report", {}};
  }
  return Unwrapped{to_bytes(file), "raw", {}};
}

Result<Unwrapped> unwrap_json(BytesView file) {
  codec::JsonLimits limits;
  limits.max_bytes = kMaxContainerLen;
  limits.numbers = codec::JsonNumbers::kAny;
  CLAUSTRUM_TRY_ASSIGN(const codec::Json json, codec::parse_json(file, limits));
  return json.is_array() || is_json_collection(json) ? unwrap_json_cmw(json)
                                                     : unwrap_json_object(json);
}

Result<Unwrapped> unwrap_pem(BytesView file) {
  const Result<std::vector<codec::PemBlock>> blocks = codec::pem_decode(file);
  if (!blocks.ok() || blocks->size() != 1) {
    return Error(Code::kMalformed, "envelope.pem", "want one PEM block that holds the evidence");
  }
  if (blocks->front().label.ends_with("CERTIFICATE")) {
    return Error(Code::kUnsupported, "envelope.unsupported",
                 "unsupported evidence format: an X.509 certificate; take the evidence out of its "
                 "extension");
  }
  return Unwrapped{blocks->front().der, "PEM", {}};
}

Result<Unwrapped> unwrap_text(BytesView file) {
  std::string_view text = as_text(file);
  while (!text.empty() && is_space(text.front())) {
    text.remove_prefix(1);
  }
  if (text.starts_with('{') || text.starts_with('[')) {
    return unwrap_json(file);
  }
  if (text.starts_with(kPemBegin)) {
    return unwrap_pem(file);
  }
  if (is_compact_jose(text)) {
    return Unwrapped{to_bytes(file), "raw", {}};
  }
  std::optional<Unwrapped> decoded = decode_text(text);
  if (!decoded) {
    return Error(Code::kMalformed, "envelope.text", "text that is neither hex nor base64");
  }
  return *std::move(decoded);
}

// What was inside, taken out of what it is wrapped in itself.
Result<Unwrapped> unwrap(BytesView file, int depth) {
  const bool text = is_text(file);
  if (text && file.size() > kMaxContainerLen) {
    return Error(Code::kExhausted, "envelope.size", "a container over its size limit");
  }
  CLAUSTRUM_TRY_ASSIGN(Unwrapped outer, text ? unwrap_text(file) : unwrap_binary(file));
  if (outer.container == "raw") {
    return outer;
  }
  if (depth == kMaxDepth) {
    return Error(Code::kMalformed, "envelope.depth", "containers nested too deep");
  }
  CLAUSTRUM_TRY_ASSIGN(Unwrapped inner, unwrap(outer.evidence, depth + 1));
  if (inner.container == "raw") {
    return outer;
  }
  inner.container = outer.container + ", " + inner.container;
  for (auto& [name, bytes] : outer.beside) {
    if (!inner.beside.try_emplace(name, std::move(bytes)).second) {
      return Error(Code::kMalformed, "envelope.json", "an event log on two levels; unwrap it");
    }
  }
  return inner;
}

}  // namespace

Result<Unwrapped> unwrap_evidence(BytesView file) {
  return unwrap(file, 1);
}

}  // namespace claustrum::evidence
