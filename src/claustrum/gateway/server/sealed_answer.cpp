// SPDX-License-Identifier: Apache-2.0
#include "claustrum/gateway/server/sealed_answer.h"

#include "claustrum/channel/shaping.h"
#include "claustrum/codec/base64.h"
#include "claustrum/crypto/random.h"

namespace claustrum::gateway {

Status SealedAnswer::send(BytesView plaintext) {
  sent_ += plaintext.size();
  while (!plaintext.empty()) {
    const std::size_t count = std::min(plaintext.size(), channel::kMaxChunkPlaintext);
    CLAUSTRUM_TRY_ASSIGN(const Bytes sealed, sealer_.seal_chunk(plaintext.first(count)));
    CLAUSTRUM_TRY(out_.write(sealed));
    plaintext = plaintext.subspan(count);
  }
  return ok_status();
}

Status SealedAnswer::start(int status, const channel::Fields& headers) {
  status_ = status;
  started_ = true;
  answer_salt_ = crypto::random_array<32>();
  commitment_ = document::Commitment::answer(answer_salt_, static_cast<std::uint16_t>(status));
  CLAUSTRUM_TRY(out_.start(200, {{"Content-Type", "message/ohttp-chunked-res"},
                                 {"Cache-Control", "no-store"},
                                 {"Incremental", "?1"}}));
  CLAUSTRUM_TRY(out_.write(sealer_.header()));
  CLAUSTRUM_TRY_ASSIGN(const Bytes head,
                       channel::encode_bhttp_head(channel::ResponseHead{status, headers}));
  return send(head);
}

Status SealedAnswer::content(BytesView wire, BytesView content) {
  commitment_->update(content);
  return send(channel::encode_bhttp_content(wire));
}

Status SealedAnswer::end(const channel::Fields& trailers, std::size_t pad_to) {
  CLAUSTRUM_TRY_ASSIGN(Bytes last, channel::encode_bhttp_end(trailers));
  const std::size_t padded = pad_to == 0 ? channel::padded_len(sent_ + last.size()) - sent_
                                         : (last.size() + pad_to - 1) / pad_to * pad_to;
  last.resize(std::max(padded, last.size()));
  BytesView rest = last;
  while (rest.size() > channel::kMaxChunkPlaintext) {
    CLAUSTRUM_TRY(send(rest.first(channel::kMaxChunkPlaintext)));
    rest = rest.subspan(channel::kMaxChunkPlaintext);
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes sealed, std::move(sealer_).seal_final(rest));
  CLAUSTRUM_TRY(out_.write(sealed));
  return out_.finish();
}

Status SealedAnswer::finish(document::ReceiptClaims claims, const ByteArray<32>& request_salt,
                            const crypto::PrivateKey& receipt_key, std::size_t pad_to) {
  claims.status = status_;
  claims.answer_length = commitment_->length();
  claims.answer = commitment_->finish();
  const Bytes receipt = document::sign_receipt(claims, receipt_key);
  return end(
      {{"claustrum-receipt", codec::base64url_encode(receipt)},
       {"claustrum-receipt-salts", codec::base64url_encode(concat({request_salt, answer_salt_}))}},
      pad_to);
}

Status SealedAnswer::finish_without_receipt() {
  return end({}, 0);
}

Status SealedAnswer::respond(int status, std::string_view content_type, BytesView body) {
  CLAUSTRUM_TRY(start(status, {{"content-type", std::string(content_type)}}));
  CLAUSTRUM_TRY(content(body, body));
  return finish_without_receipt();
}

}  // namespace claustrum::gateway
