// SPDX-License-Identifier: Apache-2.0
// Everything that comes from the service is the operator's word until verify_document() accepted
// it; what is kept afterwards comes out of the verdict, never out of the answer.
#include "claustrum/gateway/proxy/attested_service.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/base64.h"
#include "claustrum/crypto/random.h"

namespace claustrum::gateway {

namespace {

using codec::Json;

constexpr int kIdleMs = 60'000;

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
  options.idle_timeout_ms = kIdleMs;
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
                                 const document::Verifiers& verifiers, const Clock& clock,
                                 LeastNumber least_number)
    : service_(std::move(service)),
      profile_(std::move(profile)),
      verifiers_(verifiers),
      clock_(clock),
      least_number_(std::move(least_number)) {}

bool AttestedService::fresh(const Attested& attested) const {
  const Instant now = clock_.now();
  const bool young = now >= attested.verified_at && now < attested.verified_at + kMaxAgeSeconds;
  if (!CLAUSTRUM_GUARD("gateway.proxy.max_age", young)) {
    return false;
  }
  const bool keys_last = now + kKeyMarginSeconds < attested.keys.not_after;
  if (!CLAUSTRUM_GUARD("gateway.proxy.keys_end", keys_last)) {
    return false;
  }
  if (!CLAUSTRUM_GUARD("gateway.proxy.profile_end", now <= profile_.claims().expires)) {
    return false;
  }
  const std::vector<policy::UsedWaiver>& waivers = attested.appraisal.waivers();
  const bool waived = std::ranges::all_of(
      waivers, [&](const policy::UsedWaiver& waiver) { return now <= waiver.until; });
  return CLAUSTRUM_GUARD("gateway.proxy.waiver_end", waived);
}

std::shared_ptr<const Attested> AttestedService::known_good() const {
  const std::lock_guard lock(mutex_);
  return attested_ != nullptr && fresh(*attested_) ? attested_ : nullptr;
}

Result<std::shared_ptr<const Attested>> AttestedService::current() {
  if (auto known = known_good()) {
    return known;
  }
  const std::lock_guard lock(verifying_);
  if (auto known = known_good()) {  // somebody else verified meanwhile
    return known;
  }
  return verify();
}

Result<std::shared_ptr<const Attested>> AttestedService::verify_again(
    const std::shared_ptr<const Attested>& known) {
  const std::lock_guard lock(verifying_);
  auto newer = known_good();
  if (newer != nullptr && newer != known) {
    return newer;
  }
  return verify();
}

Result<std::shared_ptr<const Attested>> AttestedService::verify() {
  {
    const std::lock_guard lock(mutex_);
    attested_.reset();
  }
  const document::Nonce nonce = crypto::random_array<32>();
  CLAUSTRUM_TRY_ASSIGN(Bytes text, fetch_document(service_, nonce));
  CLAUSTRUM_TRY_ASSIGN(Attested attested, appraise(nonce, std::move(text)));
  auto out = std::make_shared<const Attested>(std::move(attested));
  const std::lock_guard lock(mutex_);
  attested_ = out;
  return out;
}

Result<Attested> AttestedService::appraise(const document::Nonce& nonce, Bytes text) {
  document::DocumentInput input;
  input.document = text;
  input.nonce = nonce;
  input.now = clock_.now();
  input.profile = &profile_;
  input.verifiers = &verifiers_;
  if (least_number_) {
    CLAUSTRUM_TRY_ASSIGN(input.least_profile_number, least_number_());
  }
  document::DocumentVerdict verdict = document::verify_document(input);
  {
    const std::lock_guard lock(mutex_);
    last_verdict_ = std::make_shared<const policy::Appraisal>(verdict.appraisal);
  }
  // The one gate between a prompt and the network.
  if (!CLAUSTRUM_GUARD("gateway.proxy.verdict", verdict.appraisal.accepted())) {
    return refusal(verdict.appraisal);
  }
  // A policy may waive what it likes; without these there is nobody to send anything to.
  if (!verdict.document || !verdict.keys) {
    return Error(Code::kPolicyDenied, "service.no_keys", "the verdict gives no keys to seal to");
  }
  CLAUSTRUM_TRY_ASSIGN(const std::vector<channel::KeyConfig> configs,
                       channel::parse_key_configs(verdict.keys->ohttp_keys));
  CLAUSTRUM_TRY_ASSIGN(crypto::PublicKey receipt_key,
                       crypto::PublicKey::from_spki(verdict.keys->receipt_key_spki));
  return Attested{verdict.appraisal,      std::move(text), verdict.document_sha256, configs.front(),
                  std::move(receipt_key), *verdict.keys,   expectation(verdict),    input.now};
}

std::shared_ptr<const policy::Appraisal> AttestedService::last_verdict() const {
  const std::lock_guard lock(mutex_);
  return last_verdict_;
}

}  // namespace claustrum::gateway
