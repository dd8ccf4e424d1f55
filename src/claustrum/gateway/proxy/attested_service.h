// SPDX-License-Identifier: Apache-2.0
// A service as the client knows it: only after its evidence document, made for this client's own
// nonce, passed under the imported profile [ARCHITECTURE 3C]. There is no other way to a key here,
// so nothing can be sent to a service that was not verified.
#pragma once

#include <functional>
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
  // Verified again after this long, before the keys end, and when the profile or a waiver that was
  // used has ended: a session dies with what it stood on [ARCHITECTURE 1.5].
  static constexpr std::int64_t kMaxAgeSeconds = 600;
  static constexpr std::int64_t kKeyMarginSeconds = 60;

  // The highest number of this profile that the client has seen, asked at every verification: an
  // edition imported meanwhile ends a session that stands on an older one. Empty: none is kept.
  using LeastNumber = std::function<Result<std::int64_t>()>;

  AttestedService(net::Endpoint service, document::Profile profile,
                  const document::Verifiers& verifiers, const Clock& clock,
                  LeastNumber least_number = {});

  // The replica last verified, or a fresh verification when that is too old.
  Result<std::shared_ptr<const Attested>> current();
  // New nonce, new document, new verdict, unless another thread had one made after `known`: a hint
  // from the operator that reaches a hundred requests costs one verification.
  Result<std::shared_ptr<const Attested>> verify_again(
      const std::shared_ptr<const Attested>& known);
  // The last verdict, refusals included; nullptr before the first document came.
  std::shared_ptr<const policy::Appraisal> last_verdict() const;
  const document::Profile& profile() const { return profile_; }
  const net::Endpoint& endpoint() const { return service_; }

 private:
  std::shared_ptr<const Attested> known_good() const;
  bool fresh(const Attested& attested) const;
  Result<std::shared_ptr<const Attested>> verify();
  Result<Attested> appraise(const document::Nonce& nonce, Bytes text);
  const net::Endpoint service_;
  const document::Profile profile_;
  const document::Verifiers& verifiers_;
  const Clock& clock_;
  const LeastNumber least_number_;
  std::mutex verifying_;      // held while the network is waited for
  mutable std::mutex mutex_;  // guards the two below, briefly
  std::shared_ptr<const Attested> attested_;
  std::shared_ptr<const policy::Appraisal> last_verdict_;
};

}  // namespace claustrum::gateway
