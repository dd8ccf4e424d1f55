// SPDX-License-Identifier: Apache-2.0
// Writes one sealed answer: BHTTP inside chunked OHTTP inside HTTP, committing to the content on
// the way and ending with the receipt in the trailer [docs/formats/well-known.md, receipt.md]. The
// lengths of sealed chunks can be read by everybody, so each of them must be one that tells
// nothing: a stream's are multiples of its block, and the chunks of any other answer together make
// its size bucket.
#pragma once

#include "claustrum/base/secret.h"
#include "claustrum/channel/bhttp.h"
#include "claustrum/channel/ohttp.h"
#include "claustrum/document/receipt.h"
#include "claustrum/net/http.h"

namespace claustrum::gateway {

class SealedAnswer {
 public:
  SealedAnswer(channel::ChunkedResponseSealer sealer, net::ResponseWriter& out)
      : sealer_(std::move(sealer)), out_(out) {}

  // Outer answer and inner head leave at once, then one sealed chunk for each content; the end is
  // filled up to a multiple of `block`.
  Status start_stream(int status, std::string_view content_type, std::size_t block);
  // Everything leaves at the end.
  Status start_whole(int status, std::string_view content_type);
  // `wire` goes out as one BHTTP content piece; `content`, a part of it, enters the commitment.
  Status content(BytesView wire, BytesView content);
  // Signs `claims` (whose answer members are filled in here) and ends the message.
  Status finish(document::ReceiptClaims claims, const ByteArray<32>& request_salt,
                const crypto::PrivateKey& receipt_key);
  // A whole answer without a receipt, for requests that never reached the engine.
  Status respond(int status, std::string_view content_type, BytesView body);

  bool started() const { return commitment_.has_value(); }
  bool peer_gone() { return out_.peer_gone(); }

 private:
  Status start(int status, std::string_view content_type);
  Status open_outer();
  Status send_pending();
  Status end(const channel::Fields& trailers);
  channel::ChunkedResponseSealer sealer_;
  net::ResponseWriter& out_;
  std::size_t block_ = 0;  // of a stream; 0: whole
  int status_ = 0;
  SecretBytes pending_;  // BHTTP that was not sealed yet
  ByteArray<32> answer_salt_{};
  std::optional<document::Commitment> commitment_;
};

}  // namespace claustrum::gateway
