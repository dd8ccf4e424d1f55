// SPDX-License-Identifier: Apache-2.0
#include "claustrum/gateway/proxy/attested_service.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/base64.h"
#include "claustrum/crypto/random.h"

namespace claustrum::gateway {

namespace {

using codec::Json;

Result<Bytes> fetch_document(const net::Endpoint& service, const document::Nonce& nonce) {
  net::Request request;
  request.method = "POST";
  request.target = "/claustrum/evidence";
  request.headers.add("Content-Type", "application/json");
  Json body = Json::object();
  body.set("version", 1).set("nonce", codec::base64_encode(nonce));
  request.body = to_bytes(codec::to_json(body));
  net::ClientOptions options;
  options.max_body_bytes = document::kMaxDocumentLen;
  Result<net::Response> response = net::send(service, request, options);
  if (!response.ok()) {
    return std::move(response).error().within("fetching evidence");
  }
  if (response->status != 200) {
    return Error(Code::kUnavailable, "service.evidence",
                 "the service gave no evidence (HTTP " + std::to_string(response->status) + ")");
  }
  return std::move(response->body);
}

// The verdict's first failing factor, as an error that says what was expected and what to do.
Error refusal(const policy::Appraisal& appraisal) {
  const evidence::Factor* failed = appraisal.first_failed();
  if (failed == nullptr) {
    return Error(Code::kPolicyDenied, "service.refused", "the evidence was refused");
  }
  return Error(Code::kPolicyDenied, "service.refused",
               failed->id + " (" + failed->reason + "): expected " + failed->expected + ", found " +
                   failed->found + (failed->advice.empty() ? "" : "; " + failed->advice));
}

document::ReceiptExpectation expectation(const document::DocumentVerdict& verdict) {
  document::ReceiptExpectation out;
  out.service = verdict.keys->service;
  out.replica = verdict.keys->replica;
  out.evidence_document = verdict.document_sha256;
  out.init_data = crypto::sha256(verdict.document->init_data);
  if (verdict.document->model.has_value()) {
    out.manifest = crypto::sha256(*verdict.document->model);
  }
  if (verdict.document->software.has_value()) {
    out.software = crypto::sha256(*verdict.document->software);
  }
  return out;
}

}  // namespace

AttestedService::AttestedService(net::Endpoint service, document::Profile profile,
                                 const document::Verifiers& verifiers, const Clock& clock)
    : service_(std::move(service)),
      profile_(std::move(profile)),
      verifiers_(verifiers),
      clock_(clock) {}

Result<std::shared_ptr<const Attested>> AttestedService::current() {
  const std::lock_guard lock(mutex_);
  const Instant now = clock_.now();
  if (attested_ != nullptr && now < attested_->verified_at + kMaxAgeSeconds &&
      now + kKeyMarginSeconds < attested_->keys.not_after) {
    return attested_;
  }
  return verify_locked();
}

Result<std::shared_ptr<const Attested>> AttestedService::verify_again() {
  const std::lock_guard lock(mutex_);
  return verify_locked();
}

Result<std::shared_ptr<const Attested>> AttestedService::verify_locked() {
  attested_.reset();
  const document::Nonce nonce = crypto::random_array<32>();
  CLAUSTRUM_TRY_ASSIGN(Bytes text, fetch_document(service_, nonce));
  document::DocumentInput input;
  input.document = text;
  input.nonce = nonce;
  input.now = clock_.now();
  input.profile = &profile_;
  input.verifiers = &verifiers_;
  document::DocumentVerdict verdict = document::verify_document(input);
  last_verdict_ = std::make_shared<const policy::Appraisal>(verdict.appraisal);
  // The one gate between a prompt and the network.
  if (!CLAUSTRUM_GUARD("gateway.proxy.verdict", verdict.appraisal.accepted())) {
    return refusal(verdict.appraisal);
  }
  CLAUSTRUM_TRY_ASSIGN(const std::vector<channel::KeyConfig> configs,
                       channel::parse_key_configs(verdict.keys->ohttp_keys));
  CLAUSTRUM_TRY_ASSIGN(crypto::PublicKey receipt_key,
                       crypto::PublicKey::from_spki(verdict.keys->receipt_key_spki));
  attested_ = std::make_shared<const Attested>(
      Attested{verdict.appraisal, std::move(text), verdict.document_sha256, configs.front(),
               std::move(receipt_key), *verdict.keys, expectation(verdict), input.now});
  return attested_;
}

std::shared_ptr<const policy::Appraisal> AttestedService::last_verdict() const {
  const std::lock_guard lock(mutex_);
  return last_verdict_;
}

}  // namespace claustrum::gateway
