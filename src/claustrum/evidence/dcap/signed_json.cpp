// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/signed_json.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/pem.h"
#include "claustrum/evidence/dcap/chain.h"
#include "claustrum/evidence/dcap/json_text.h"
#include "claustrum/evidence/dcap/tcb_info.h"

namespace claustrum::evidence::dcap {
namespace {

using crypto::Certificate;

constexpr std::size_t kSignatureLen = 64;
constexpr std::size_t kMaxIssuerChain = 3;
constexpr std::string_view kSpace = " \t\r\n";

const Bytes* find(const Collateral& collateral, std::string_view name) {
  const auto at = collateral.find(name);
  return at == collateral.end() ? nullptr : &at->second;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of(kSpace), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

Result<Bytes> signature_bytes(std::string_view hex) {
  Result<Bytes> out = codec::hex_decode(trimmed(hex));
  if (!out.ok() || out->size() != kSignatureLen) {
    return Error(Code::kMalformed, "dcap.collateral.signature_form",
                 "the signature is not 128 hexadecimal characters");
  }
  return out;
}

Result<Certificate> read_signer(const Collateral& collateral, const DocumentKind& kind,
                                const IssuerCache* issuers, const Certificate* known) {
  const Bytes* pem = find(collateral, kind.issuer_chain);
  if (pem == nullptr) {
    return Error(Code::kNotFound, "dcap.collateral.no_issuer_chain",
                 std::string(kind.issuer_chain) + " is missing");
  }
  const Error bad(Code::kMalformed, "dcap.collateral.issuer_chain",
                  std::string(kind.issuer_chain) + " is not a signer's certificate and its root");
  // Intel serves both documents with one chain.
  const Bytes* first = find(collateral, kTcbInfoKind.issuer_chain);
  if (known != nullptr && first != nullptr && *first == *pem) {
    return *known;
  }
  const bool nul = !pem->empty() && pem->back() == 0;
  const Result<std::vector<codec::PemBlock>> blocks =
      codec::pem_decode(BytesView(*pem).first(pem->size() - (nul ? 1 : 0)));
  if (!blocks.ok() || blocks->size() > kMaxIssuerChain) {
    return bad;
  }
  for (const codec::PemBlock& block : *blocks) {
    if (known != nullptr && equal(known->der(), block.der)) {
      return *known;
    }
    Result<Certificate> certificate = read_certificate(issuers, block.der);
    if (!certificate.ok()) {
      return bad;
    }
    // The root in here is not looked at: the one that counts is the pinned one above the quote.
    if (!certificate->is_self_issued()) {
      return certificate;
    }
  }
  return bad;
}

}  // namespace

bool looks_like_api_answer(BytesView data, std::string_view member) {
  std::string_view text = trimmed(as_text(data));
  if (!text.starts_with('{')) {
    return false;
  }
  text = trimmed(text.substr(1));
  return text.starts_with('"' + std::string(member) + '"') || text.starts_with("\"signature\"");
}

Result<ApiAnswer> split_api_answer(BytesView data, std::string_view member) {
  const Error bad(Code::kMalformed, "dcap.collateral.answer",
                  "not a document and its signature, as Intel's service answers");
  codec::JsonLimits limits;
  limits.max_bytes = kMaxTcbInfoLen;
  const Result<JsonText> text = JsonText::parse(as_text(data), limits);
  if (!text.ok()) {
    return bad;
  }
  const JsonView answer = text->root();
  const std::optional<JsonView> inner = answer.find(member);
  const std::optional<JsonView> signature = answer.find("signature");
  if (!inner || !inner->is_object() || !signature || !signature->is_string() ||
      answer.size() != 2) {
    return bad;
  }
  return ApiAnswer{to_bytes(inner->raw()), std::string(signature->string())};
}

Result<std::optional<SignedJson>> read_signed_json(const Collateral& collateral,
                                                   const DocumentKind& kind,
                                                   const IssuerCache* issuers,
                                                   const Certificate* known) {
  const Bytes* data = find(collateral, kind.name);
  if (data == nullptr) {
    return std::optional<SignedJson>();
  }
  // Before anything is copied or hashed: both take as long as the sender wishes.
  if (data->size() > kMaxTcbInfoLen) {
    return Error(Code::kExhausted, "dcap.collateral.size",
                 std::string(kind.name) + " is larger than 256 KiB");
  }
  Bytes json = *data;
  std::string hex;
  if (looks_like_api_answer(*data, kind.member)) {
    CLAUSTRUM_TRY_ASSIGN(ApiAnswer answer, split_api_answer(*data, kind.member));
    json = std::move(answer.json);
    hex = std::move(answer.signature);
  } else if (const Bytes* signature = find(collateral, kind.signature); signature != nullptr) {
    hex = as_text(*signature);
  } else {
    return Error(Code::kNotFound, "dcap.collateral.unsigned",
                 std::string(kind.signature) + " is missing");
  }
  CLAUSTRUM_TRY_ASSIGN(Bytes signature, signature_bytes(hex));
  CLAUSTRUM_TRY_ASSIGN(Certificate signer, read_signer(collateral, kind, issuers, known));
  return std::optional(SignedJson{std::move(json), std::move(signature), std::move(signer)});
}

Status check_signed_json(const SignedJson& d, const Certificate& root, IssuerCache* issuers,
                         const Certificate* known) {
  // Any PCK leaf is under the same root.
  if (!CLAUSTRUM_GUARD("evidence.dcap.collateral.signer_name",
                       d.signer.subject_cn() == kTcbSigningName)) {
    return Error(Code::kMismatch, "dcap.collateral.signer_name",
                 "the signer is not Intel's TCB signing certificate");
  }
  if (!CLAUSTRUM_GUARD("evidence.dcap.collateral.signer_usage", may_only_sign_data(d.signer))) {
    return Error(Code::kMismatch, "dcap.collateral.signer_usage",
                 "the signer is a CA, or not for digital signatures");
  }
  if (!CLAUSTRUM_GUARD("evidence.dcap.collateral.critical",
                       d.signer.unhandled_critical_extensions().empty())) {
    return Error(Code::kUnsupported, "dcap.collateral.critical",
                 "the signer has a critical extension we do not know");
  }
  const bool same = known != nullptr && known->der() == d.signer.der();
  const Status issued = same ? ok_status() : check_issued(issuers, root.der(), d.signer.der(), [&] {
    return d.signer.verify_issued_by(root);
  });
  if (!CLAUSTRUM_GUARD("evidence.dcap.collateral.signer", issued.ok())) {
    return Error(Code::kBadSignature, "dcap.collateral.signer",
                 "the signer's certificate is not by the quote's root");
  }
  const Bytes whole = concat({d.json, d.signature});
  const Status good = check_issued(issuers, d.signer.der(), whole, [&] {
    return crypto::verify(d.signer.public_key(), crypto::SigAlg::kEcdsaP256Sha256, d.json,
                          d.signature);
  });
  if (!CLAUSTRUM_GUARD("evidence.dcap.collateral.signature", good.ok())) {
    return Error(Code::kBadSignature, "dcap.collateral.signature",
                 "the document's signature does not verify");
  }
  return ok_status();
}

}  // namespace claustrum::evidence::dcap
