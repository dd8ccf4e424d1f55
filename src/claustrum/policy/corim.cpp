// SPDX-License-Identifier: Apache-2.0
// The envelope of reference values. The attacks: values somebody else signed, a signature dropped
// on the way, values whose time is over.
#include "claustrum/policy/corim.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/crypto/cose.h"
#include "claustrum/crypto/x509.h"
#include "claustrum/policy/corim_values.h"

namespace claustrum::policy {

namespace {

using codec::Cbor;

constexpr std::uint64_t kTagCorim = 501;
constexpr std::uint64_t kTagComid = 506;
constexpr std::uint64_t kTagSign1 = 18;
constexpr std::size_t kMaxTags = 256;
constexpr std::int64_t kLabelMeta = 8;
constexpr std::int64_t kLabelX5Chain = 33;
constexpr std::string_view kContentType = "application/rim+cbor";

Status check_size(BytesView data) {
  if (data.size() > kMaxCorimLen) {
    return Error(Code::kExhausted, "corim.limit", "longer than 1 MiB");
  }
  return ok_status();
}

Status read_tags(const Cbor& list, Corim& out) {
  const auto* tags = list.as_array();
  if (tags == nullptr || tags->empty() || tags->size() > kMaxTags) {
    return corim_shape("tags are no list of 1 to 256");
  }
  for (const Cbor& tag : *tags) {
    if (tag.type() != Cbor::Type::kTag) {
      return corim_shape("a tag of the list is none");
    }
    if (tag.tag_number() != kTagComid) {
      out.left_out.push_back("tag " + std::to_string(tag.tag_number()));
      continue;
    }
    const auto bytes = tag.tagged()->as_bytes();
    if (!bytes) {
      return corim_shape("a CoMID is no byte string");
    }
    CLAUSTRUM_TRY_ASSIGN(Comid comid, parse_comid(*bytes));
    out.comids.push_back(std::move(comid));
  }
  return ok_status();
}

Result<Corim> read_corim(const Cbor& root) {
  if (root.type() != Cbor::Type::kTag || root.tag_number() != kTagCorim) {
    return corim_shape("no CoRIM: not under tag 501");
  }
  const Cbor& map = *root.tagged();
  Corim out;
  CLAUSTRUM_TRY_ASSIGN(const Cbor* tags, member(map, 1, "the list of tags"));
  if (const Cbor* id = map.find(std::int64_t{0})) {
    out.id = id_text(*id);
  }
  if (const Cbor* profile = map.find(std::int64_t{3})) {
    out.profile = uri_text(*profile);
  }
  if (const Cbor* validity = map.find(std::int64_t{4})) {
    CLAUSTRUM_TRY_ASSIGN(out.validity, read_validity(*validity));
  }
  CLAUSTRUM_TRY(read_tags(*tags, out));
  return out;
}

// {0: {0: name, ? 1: uri}, ? 1: validity}, a byte string in the protected header.
Status read_meta(const Cbor& header, Corim& out) {
  const Cbor* meta = header.find(kLabelMeta);
  if (meta == nullptr) {
    return ok_status();
  }
  const auto bytes = meta->as_bytes();
  if (!bytes) {
    return corim_shape("the signer's description is no byte string");
  }
  CLAUSTRUM_TRY_ASSIGN(const Cbor map, codec::parse_cbor(*bytes));
  CLAUSTRUM_TRY_ASSIGN(const Cbor* signer, member(map, 0, "the signer"));
  CLAUSTRUM_TRY_ASSIGN(const Cbor* name, member(*signer, 0, "the signer's name"));
  out.signer_name = id_text(*name);
  if (const Cbor* validity = map.find(std::int64_t{1})) {
    CLAUSTRUM_TRY_ASSIGN(out.signature_validity, read_validity(*validity));
  }
  return ok_status();
}

// The leaf of an x5chain (RFC 9360): one certificate, or a list with the leaf first.
Result<crypto::PublicKey> key_in_header(const crypto::CoseSign1& message) {
  const Cbor* chain = message.protected_header.find(kLabelX5Chain);
  if (chain == nullptr) {
    chain = message.unprotected_header.find(kLabelX5Chain);
  }
  const auto* list = chain == nullptr ? nullptr : chain->as_array();
  const Cbor* leaf = list != nullptr && !list->empty() ? &list->front() : chain;
  const auto der = leaf == nullptr ? std::nullopt : leaf->as_bytes();
  if (!der) {
    return Error(Code::kNotFound, "corim.key", "it carries no certificate: give the signer's key");
  }
  CLAUSTRUM_TRY_ASSIGN(const crypto::Certificate certificate, crypto::Certificate::parse(*der));
  return certificate.public_key();
}

Status check_validity(const std::optional<CorimValidity>& validity, Instant now) {
  if (!validity) {
    return ok_status();
  }
  if (!CLAUSTRUM_GUARD("policy.corim.begun",
                       !validity->not_before || *validity->not_before <= now)) {
    return Error(Code::kNotYetValid, "corim.not_yet_valid",
                 "valid from " + format_rfc3339(*validity->not_before));
  }
  if (!CLAUSTRUM_GUARD("policy.corim.ended", now <= validity->not_after)) {
    return Error(Code::kExpired, "corim.expired",
                 "valid until " + format_rfc3339(validity->not_after));
  }
  return ok_status();
}

}  // namespace

Result<Corim> parse_corim(BytesView data) {
  CLAUSTRUM_TRY(check_size(data));
  CLAUSTRUM_TRY_ASSIGN(const Cbor root, codec::parse_cbor(data));
  const bool is_signed = root.type() == Cbor::Type::kTag && root.tag_number() == kTagSign1;
  if (!CLAUSTRUM_GUARD("policy.corim.signed", !is_signed)) {
    return Error(Code::kMismatch, "corim.signed", "it is signed: name the signer");
  }
  return read_corim(root);
}

Result<Corim> verify_corim(BytesView data, const crypto::Sha256Digest& signer,
                           const std::optional<crypto::PublicKey>& key) {
  CLAUSTRUM_TRY(check_size(data));
  CLAUSTRUM_TRY_ASSIGN(const crypto::CoseSign1 message,
                       crypto::parse_cose_sign1(data, crypto::CoseTag::kRequired));
  CLAUSTRUM_TRY_ASSIGN(const crypto::PublicKey used,
                       key ? Result<crypto::PublicKey>(*key) : key_in_header(message));
  if (!CLAUSTRUM_GUARD("policy.corim.signer", used.spki_sha256() == signer)) {
    return Error(Code::kMismatch, "corim.signer", "signed by another key than the one named");
  }
  CLAUSTRUM_TRY(
      CLAUSTRUM_GUARD_STATUS("policy.corim.signature", crypto::verify_cose_sign1(message, used)));
  // The same key may sign other things that happen to parse.
  const Cbor* type = message.protected_header.find(crypto::kCoseLabelContentType);
  const auto text = type == nullptr ? std::nullopt : type->as_text();
  if (!CLAUSTRUM_GUARD("policy.corim.content_type", text == kContentType)) {
    return Error(Code::kMismatch, "corim.content_type", "signed as something else");
  }
  if (!message.payload) {
    return corim_shape("a detached payload");
  }
  CLAUSTRUM_TRY_ASSIGN(const Cbor root, codec::parse_cbor(*message.payload));
  CLAUSTRUM_TRY_ASSIGN(Corim out, read_corim(root));
  CLAUSTRUM_TRY(read_meta(message.protected_header, out));
  out.signer = signer;
  return out;
}

Status check_corim_time(const Corim& corim, Instant now) {
  CLAUSTRUM_TRY(check_validity(corim.validity, now));
  return check_validity(corim.signature_validity, now);
}

}  // namespace claustrum::policy
