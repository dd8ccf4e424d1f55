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
  // The inner head; before any content.
  std::function<Status(int status, const std::string& content_type)> head;
  // Content with filler removed.
  std::function<Status(BytesView content)> content;
};

struct ExchangeResult {
  int status = 0;
  document::ReceiptClaims receipt;
  Bytes receipt_cose;
  Bytes salts;
};

// Errors: stale "exchange.key" (the operator says the key is unknown: verify again and send again
// at most once, with the same id); bad_signature/mismatch for a receipt that does not hold;
// unavailable "exchange.*" when nothing or only a part arrived; conflict "exchange.conflict" for a
// sealed 409.
Result<ExchangeResult> exchange(const net::Endpoint& service, const Attested& attested,
                                const ExchangeRequest& request, const ExchangeSink& sink);

}  // namespace claustrum::gateway
