// SPDX-License-Identifier: Apache-2.0
// A service as the client knows it: only after its evidence document, made for this client's own
// nonce, passed under the imported profile [ARCHITECTURE 3C]. There is no other way to a key here,
// so nothing can be sent to a service that was not verified.
#pragma once

#include <mutex>

#include "claustrum/channel/key_config.h"
#include "claustrum/document/receipt.h"
#include "claustrum/document/verify_document.h"
#include "claustrum/net/http.h"

namespace claustrum::gateway {

// One verified replica.
struct Attested {
  policy::Appraisal appraisal;
  Bytes document;
  crypto::Sha256Digest document_sha256{};
  channel::KeyConfig key;
  crypto::PublicKey receipt_key;
  document::KeysClaims keys;
  // What every receipt of this replica must name.
  document::ReceiptExpectation receipt;
  Instant verified_at;
};

class AttestedService {
 public:
  // Verified again after this long, and before the keys end [ARCHITECTURE 1.5].
  static constexpr std::int64_t kMaxAgeSeconds = 600;
  static constexpr std::int64_t kKeyMarginSeconds = 60;

  AttestedService(net::Endpoint service, document::Profile profile,
                  const document::Verifiers& verifiers, const Clock& clock);

  // The replica last verified, or a fresh verification when that is too old.
  Result<std::shared_ptr<const Attested>> current();
  // New nonce, new document, new verdict, whatever was known before.
  Result<std::shared_ptr<const Attested>> verify_again();
  // The last verdict, refusals included; nullptr before the first document came.
  std::shared_ptr<const policy::Appraisal> last_verdict() const;
  const document::Profile& profile() const { return profile_; }
  const net::Endpoint& endpoint() const { return service_; }

 private:
  Result<std::shared_ptr<const Attested>> verify_locked();
  const net::Endpoint service_;
  const document::Profile profile_;
  const document::Verifiers& verifiers_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Attested> attested_;
  std::shared_ptr<const policy::Appraisal> last_verdict_;
};

}  // namespace claustrum::gateway
