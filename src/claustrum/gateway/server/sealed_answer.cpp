// SPDX-License-Identifier: Apache-2.0
// One buffer between BHTTP and chunks: a stream empties it after each piece, a whole answer once.
#include "claustrum/gateway/server/sealed_answer.h"

#include "claustrum/channel/shaping.h"
#include "claustrum/codec/base64.h"
#include "claustrum/crypto/random.h"

namespace claustrum::gateway {

Status SealedAnswer::start(int status, std::string_view content_type) {
  CLAUSTRUM_CHECK(!started());
  status_ = status;
  answer_salt_ = crypto::random_array<32>();
  commitment_ = document::Commitment::answer(answer_salt_, static_cast<std::uint16_t>(status));
  const channel::ResponseHead head{status, {{"content-type", std::string(content_type)}}};
  CLAUSTRUM_TRY_ASSIGN(const Bytes encoded, channel::encode_bhttp_head(head));
  pending_.append(encoded);
  return ok_status();
}

Status SealedAnswer::start_stream(int status, std::string_view content_type, std::size_t block) {
  CLAUSTRUM_TRY(start(status, content_type));
  block_ = block;
  CLAUSTRUM_TRY(open_outer());
  return send_pending();
}

Status SealedAnswer::start_whole(int status, std::string_view content_type) {
  return start(status, content_type);
}

Status SealedAnswer::open_outer() {
  CLAUSTRUM_TRY(out_.start(200, {{"Content-Type", "message/ohttp-chunked-res"},
                                 {"Cache-Control", "no-store"},
                                 {"Incremental", "?1"}}));
  return out_.write(sealer_.header());
}

Status SealedAnswer::content(BytesView wire, BytesView content) {
  CLAUSTRUM_CHECK(started());
  commitment_->update(content);
  pending_.append(channel::encode_bhttp_content(wire));
  return block_ == 0 ? ok_status() : send_pending();
}

// All of it, in as few chunks as there can be.
Status SealedAnswer::send_pending() {
  BytesView rest = pending_.reveal();
  while (!rest.empty()) {
    const std::size_t count = std::min(rest.size(), channel::kMaxChunkPlaintext);
    CLAUSTRUM_TRY_ASSIGN(const Bytes sealed, sealer_.seal_chunk(rest.first(count)));
    CLAUSTRUM_TRY(out_.write(sealed));
    rest = rest.subspan(count);
  }
  pending_ = SecretBytes();
  return ok_status();
}

Status SealedAnswer::end(const channel::Fields& trailers) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes last, channel::encode_bhttp_end(trailers));
  pending_.append(last);
  const std::size_t size = pending_.size();
  const std::size_t padded =
      block_ == 0 ? channel::padded_len(size) : (size + block_ - 1) / block_ * block_;
  pending_.append(Bytes(padded - size, 0));
  if (block_ == 0) {
    CLAUSTRUM_TRY(open_outer());
  }
  // The final chunk takes what is left over whole ones.
  const SecretBytes all = std::exchange(pending_, SecretBytes());
  const std::size_t before =
      (padded - 1) / channel::kMaxChunkPlaintext * channel::kMaxChunkPlaintext;
  pending_.append(all.reveal().first(before));
  CLAUSTRUM_TRY(send_pending());
  CLAUSTRUM_TRY_ASSIGN(const Bytes sealed,
                       std::move(sealer_).seal_final(all.reveal().subspan(before)));
  CLAUSTRUM_TRY(out_.write(sealed));
  return out_.finish();
}

Status SealedAnswer::finish(document::ReceiptClaims claims, const ByteArray<32>& request_salt,
                            const crypto::PrivateKey& receipt_key) {
  CLAUSTRUM_CHECK(started());
  claims.status = status_;
  claims.answer_length = commitment_->length();
  claims.answer = commitment_->finish();
  const Bytes receipt = document::sign_receipt(claims, receipt_key);
  return end(
      {{"claustrum-receipt", codec::base64url_encode(receipt)},
       {"claustrum-receipt-salts", codec::base64url_encode(concat({request_salt, answer_salt_}))}});
}

Status SealedAnswer::respond(int status, std::string_view content_type, BytesView body) {
  CLAUSTRUM_TRY(start_whole(status, content_type));
  CLAUSTRUM_TRY(content(body, body));
  return end({});
}

}  // namespace claustrum::gateway
