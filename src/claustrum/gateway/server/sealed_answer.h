// SPDX-License-Identifier: Apache-2.0
// Writes one sealed answer: BHTTP inside chunked OHTTP inside HTTP, committing to the content on
// the way and ending with the receipt in the trailer [docs/formats/well-known.md, receipt.md].
#pragma once

#include "claustrum/channel/bhttp.h"
#include "claustrum/channel/ohttp.h"
#include "claustrum/document/receipt.h"
#include "claustrum/net/http.h"

namespace claustrum::gateway {

class SealedAnswer {
 public:
  SealedAnswer(channel::ChunkedResponseSealer sealer, net::ResponseWriter& out)
      : sealer_(std::move(sealer)), out_(out) {}

  // Starts the outer answer and sends the inner head, each at once.
  Status start(int status, const channel::Fields& headers);
  // `wire` goes out as one BHTTP content piece; `content`, a part of it, enters the commitment.
  Status content(BytesView wire, BytesView content);
  // Signs `claims` (whose answer members are filled in here) and ends the message. `pad_to`: the
  // last part is filled with BHTTP padding to a multiple of it.
  Status finish(document::ReceiptClaims claims, const ByteArray<32>& request_salt,
                const crypto::PrivateKey& receipt_key, std::size_t pad_to);
  // The same without a receipt, for answers that never reached the engine.
  Status finish_without_receipt();
  // A whole small answer (errors, models), padded to its bucket.
  Status respond(int status, std::string_view content_type, BytesView body);

  bool started() const { return started_; }

 private:
  Status send(BytesView plaintext);
  Status end(const channel::Fields& trailers, std::size_t pad_to);
  channel::ChunkedResponseSealer sealer_;
  net::ResponseWriter& out_;
  bool started_ = false;
  int status_ = 0;
  std::size_t sent_ = 0;  // BHTTP bytes
  ByteArray<32> answer_salt_{};
  std::optional<document::Commitment> commitment_;
};

}  // namespace claustrum::gateway
