// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/signed_json.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/pem.h"
#include "claustrum/evidence/dcap/chain.h"
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

// Where the JSON value at `at` ends. `text` is valid JSON, so quotes and brackets are all it takes.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  bool in_string = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      at += c == '\\' ? 1 : 0;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']' || c == ',') {
      if (depth == 0) {
        return at;
      }
      depth -= c == ',' ? 0 : 1;
    }
  }
  return at;
}

// The raw text of a member of the valid JSON object `text`; empty when spelled in another way.
std::string_view raw_member(std::string_view text, std::string_view name) {
  const std::string key = '"' + std::string(name) + '"';
  std::size_t at = text.find('{') + 1;
  while (at < text.size()) {
    at = text.find_first_not_of(kSpace, at);
    const bool wanted = text.substr(at).starts_with(key);
    const std::size_t value = text.find(':', wanted ? at + key.size() : at);
    const std::size_t end = value == text.npos ? text.npos : end_of_value(text, value + 1);
    if (end == text.npos || wanted) {
      return end == text.npos ? std::string_view()
                              : trimmed(text.substr(value + 1, end - value - 1));
    }
    at = end + 1;
  }
  return {};
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
                                const IssuerCache* issuers) {
  const Bytes* pem = find(collateral, kind.issuer_chain);
  if (pem == nullptr) {
    return Error(Code::kNotFound, "dcap.collateral.no_issuer_chain",
                 std::string(kind.issuer_chain) + " is missing");
  }
  const Error bad(Code::kMalformed, "dcap.collateral.issuer_chain",
                  std::string(kind.issuer_chain) + " is not a signer's certificate and its root");
  const bool nul = !pem->empty() && pem->back() == 0;
  const Result<std::vector<codec::PemBlock>> blocks =
      codec::pem_decode(BytesView(*pem).first(pem->size() - (nul ? 1 : 0)));
  if (!blocks.ok() || blocks->size() > kMaxIssuerChain) {
    return bad;
  }
  for (const codec::PemBlock& block : *blocks) {
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
  const Result<codec::Json> answer = codec::parse_json(data, limits);
  if (!answer.ok() || !answer->only_members({member, "signature"}).ok()) {
    return bad;
  }
  Result<std::string> signature = answer->string_at("signature");
  const std::string_view inner = raw_member(as_text(data), member);
  if (!signature.ok() || !answer->object_at(member).ok() || inner.empty()) {
    return bad;
  }
  return ApiAnswer{to_bytes(inner), std::move(signature).value()};
}

Result<std::optional<SignedJson>> read_signed_json(const Collateral& collateral,
                                                   const DocumentKind& kind,
                                                   const IssuerCache* issuers) {
  const Bytes* data = find(collateral, kind.name);
  if (data == nullptr) {
    return std::optional<SignedJson>();
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
  CLAUSTRUM_TRY_ASSIGN(Certificate signer, read_signer(collateral, kind, issuers));
  return std::optional(SignedJson{std::move(json), std::move(signature), std::move(signer)});
}

Status check_signed_json(const SignedJson& d, const Certificate& root, IssuerCache* issuers) {
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
  const Status issued = check_issued(issuers, root.der(), d.signer.der(),
                                     [&] { return d.signer.verify_issued_by(root); });
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
