// SPDX-License-Identifier: Apache-2.0
// One request to a verified replica: sealed, sent, the answer opened as it arrives, its receipt
// checked at the end [PROTOCOL 7]. Nothing counts as success before the receipt holds.
#pragma once

#include <functional>

#include "claustrum/base/secret.h"
#include "claustrum/channel/bhttp.h"
#include "claustrum/gateway/proxy/attested_service.h"

namespace claustrum::gateway {

struct ExchangeRequest {
  std::string method;
  std::string path;
  std::string content_type;
  BytesView body;
  ByteArray<16> id{};
};

// Called on the exchange's thread, in order.
struct ExchangeSink {
  // The inner head; before any content. The type is one of the two that services use.
  std::function<Status(int status, std::string_view content_type)> head;
  // Content with filler removed.
  std::function<Status(BytesView content)> content;
  // Is nobody waiting for the answer any more? May be empty.
  std::function<bool()> gone;
};

struct ExchangeResult {
  int status = 0;
  document::ReceiptClaims receipt;
  Bytes receipt_cose;
  Bytes salts;
};

// Errors: malformed "exchange.request" for what cannot be sent; stale "exchange.key" (the operator
// says the key is unknown) and "exchange.evidence" (the service, sealed, says it does not know the
// document any more): verify again and send again at most once, with the same id; bad_signature or
// mismatch for a receipt that does not hold; unavailable when nothing or only a part arrived.
Result<ExchangeResult> exchange(const net::Endpoint& service, const Attested& attested,
                                const ExchangeRequest& request, const ExchangeSink& sink);

}  // namespace claustrum::gateway
