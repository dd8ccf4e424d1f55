// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/cose.h"

#include "claustrum/base/guard.h"

namespace claustrum::crypto {

namespace {

using codec::Cbor;

constexpr std::uint64_t kTagSign1 = 18;

Error malformed(std::string_view what) {
  return Error(Code::kMalformed, "cose.shape", std::string(what));
}

// The array inside the tag, or the bare array, as the caller's context demands.
Result<Cbor> untag(Cbor item, CoseTag tag) {
  const bool tagged = item.type() == Cbor::Type::kTag;
  // [RFC 9052 2] Any other tag makes it another kind of message, signed over other bytes.
  const bool right_tag = !tagged || item.tag_number() == kTagSign1;
  const bool allowed = tagged ? tag != CoseTag::kForbidden : tag != CoseTag::kRequired;
  if (!right_tag || !allowed) {
    return Error(Code::kMalformed, "cose.tag", "not the tag this context demands");
  }
  return tagged ? *item.tagged() : std::move(item);
}

// [RFC 9052 3] The empty map may arrive as h'' or as h'a0'; in Sig_structure it is h''.
Status read_protected(BytesView bytes, const codec::CborLimits& limits, CoseSign1& message) {
  message.protected_header = Cbor::map({});
  if (bytes.empty()) {
    return ok_status();
  }
  CLAUSTRUM_TRY_ASSIGN(message.protected_header, codec::parse_cbor(bytes, limits));
  if (message.protected_header.as_map() == nullptr) {
    return malformed("the protected header is not a map");
  }
  if (!message.protected_header.as_map()->empty()) {
    message.protected_bytes = to_bytes(bytes);
  }
  return ok_status();
}

// [RFC 9052 3] A label in both headers would let two readers see two values, one unsigned.
Status check_labels(const CoseSign1& message) {
  for (const auto& [label, value] : *message.unprotected_header.as_map()) {
    for (const auto& [protected_label, protected_value] : *message.protected_header.as_map()) {
      if (!CLAUSTRUM_GUARD("crypto.cose.label", !(label == protected_label))) {
        return Error(Code::kMalformed, "cose.label", "one label in both headers");
      }
    }
  }
  return ok_status();
}

// [RFC 9052 3.1] We process no header extension, so anything marked critical is refused; the label
// counts in the unprotected header too, where it may not stand.
Status check_critical(const CoseSign1& message) {
  const bool critical = message.protected_header.find(kCoseLabelCrit) != nullptr ||
                        message.unprotected_header.find(kCoseLabelCrit) != nullptr;
  if (!CLAUSTRUM_GUARD("crypto.cose.crit", !critical)) {
    return Error(Code::kUnsupported, "cose.crit", "a critical header we do not process");
  }
  return ok_status();
}

struct Algorithm {
  std::int64_t cose;
  KeyKind kind;
  SigAlg alg;
};
// The first line of a key kind is the one we sign with.
constexpr Algorithm kAlgorithms[] = {
    {kCoseEs256, KeyKind::kP256, SigAlg::kEcdsaP256Sha256},
    {kCoseEs384, KeyKind::kP384, SigAlg::kEcdsaP384Sha384},
    {kCoseEs512, KeyKind::kP521, SigAlg::kEcdsaP521Sha512},
    {kCosePs256, KeyKind::kRsa, SigAlg::kRsaPssSha256},
    {kCosePs384, KeyKind::kRsa, SigAlg::kRsaPssSha384},
    {kCoseEdDsa, KeyKind::kEd25519, SigAlg::kEd25519},
};

// The algorithm named by the protected header, which must be one for the caller's kind of key. The
// unprotected header is not asked: whoever carries the message can write there.
Result<SigAlg> signature_algorithm(const CoseSign1& message, KeyKind kind) {
  const Cbor* label = message.protected_header.find(kCoseLabelAlg);
  const std::optional<std::int64_t> named = label ? label->as_integer() : std::nullopt;
  if (!named) {
    return Error(Code::kMalformed, "cose.alg", "no algorithm in the protected header");
  }
  for (const Algorithm& known : kAlgorithms) {
    if (known.cose != *named) {
      continue;
    }
    if (known.kind != kind) {
      return Error(Code::kMismatch, "cose.key_kind", "the algorithm is for another kind of key");
    }
    return known.alg;
  }
  return Error(Code::kUnsupported, "cose.alg", "unknown algorithm");
}

Result<BytesView> signed_payload(const CoseSign1& message, std::optional<BytesView> detached) {
  // With two payloads, one would be judged and the other used.
  if (!CLAUSTRUM_GUARD("crypto.cose.payload", !(message.payload && detached))) {
    return Error(Code::kMismatch, "cose.payload", "attached and detached payload");
  }
  if (message.payload) {
    return BytesView(*message.payload);
  }
  if (!detached) {
    return Error(Code::kMalformed, "cose.payload", "no payload");
  }
  return *detached;
}

// [RFC 9052 4.4]
Bytes sig_structure(BytesView protected_bytes, BytesView external_aad, BytesView payload) {
  return codec::encode_cbor(Cbor::array({Cbor::text("Signature1"), Cbor::bytes(protected_bytes),
                                         Cbor::bytes(external_aad), Cbor::bytes(payload)}));
}

}  // namespace

Result<CoseSign1> parse_cose_sign1(BytesView data, CoseTag tag, const codec::CborLimits& limits) {
  CLAUSTRUM_TRY_ASSIGN(Cbor item, codec::parse_cbor(data, limits));
  CLAUSTRUM_TRY_ASSIGN(const Cbor body, untag(std::move(item), tag));
  const std::vector<Cbor>* parts = body.as_array();
  if (parts == nullptr || parts->size() != 4) {
    return malformed("not an array of four");
  }
  const std::optional<BytesView> protected_bytes = (*parts)[0].as_bytes();
  const std::optional<BytesView> payload = (*parts)[2].as_bytes();
  const std::optional<BytesView> signature = (*parts)[3].as_bytes();
  if (!protected_bytes || (*parts)[1].as_map() == nullptr || !signature ||
      (!payload && !(*parts)[2].is_null())) {
    return malformed("wrong type of a member");
  }
  CoseSign1 message;
  CLAUSTRUM_TRY(read_protected(*protected_bytes, limits, message));
  message.unprotected_header = (*parts)[1];
  CLAUSTRUM_TRY(check_labels(message));
  if (payload) {
    message.payload = to_bytes(*payload);
  }
  message.signature = to_bytes(*signature);
  return message;
}

Status verify_cose_sign1(const CoseSign1& message, const PublicKey& key, BytesView external_aad,
                         std::optional<BytesView> detached) {
  CLAUSTRUM_TRY(check_critical(message));
  CLAUSTRUM_TRY_ASSIGN(const SigAlg alg, signature_algorithm(message, key.kind()));
  CLAUSTRUM_TRY_ASSIGN(const BytesView payload, signed_payload(message, detached));
  const Bytes to_verify = sig_structure(message.protected_bytes, external_aad, payload);
  const Status verified = verify(key, alg, to_verify, message.signature);
  if (!CLAUSTRUM_GUARD("crypto.cose.signature", verified.ok())) {
    return Error(Code::kBadSignature, "cose.signature", "the signature does not verify");
  }
  return ok_status();
}

Bytes sign_cose_sign1(const PrivateKey& key, std::string_view content_type, BytesView payload,
                      BytesView external_aad) {
  const Algorithm* mine = nullptr;
  for (const Algorithm& known : kAlgorithms) {
    if (known.kind == key.kind() && mine == nullptr) {
      mine = &known;
    }
  }
  CLAUSTRUM_CHECK(mine != nullptr);
  const Bytes protected_bytes = codec::encode_cbor(
      Cbor::map({{Cbor::integer(kCoseLabelAlg), Cbor::integer(mine->cose)},
                 {Cbor::integer(kCoseLabelContentType), Cbor::text(content_type)}}));
  const Bytes signature =
      sign(key, mine->alg, sig_structure(protected_bytes, external_aad, payload));
  return codec::encode_cbor(
      Cbor::tag(kTagSign1, Cbor::array({Cbor::bytes(protected_bytes), Cbor::map({}),
                                        Cbor::bytes(payload), Cbor::bytes(signature)})));
}

}  // namespace claustrum::crypto
