// SPDX-License-Identifier: Apache-2.0
// Hands an opened answer to the local client. Streams pass on at once, but for their end mark: it
// is held until the receipt holds, so that a client that waits for "[DONE]" has a verified answer.
// Other answers are held whole.
#pragma once

#include "claustrum/base/secret.h"
#include "claustrum/gateway/proxy/sealed_exchange.h"

namespace claustrum::gateway {

class LocalAnswer {
 public:
  LocalAnswer(net::ResponseWriter& out, std::string request_id, bool simulated)
      : out_(out), request_id_(std::move(request_id)), simulated_(simulated) {}

  ExchangeSink sink();
  // The receipt holds: let the rest go.
  Status release();
  // It failed: a client that saw a part gets a cut stream, others an error of HTTP `status`.
  Status fail(int status, std::string_view code, std::string_view message);
  // Bytes of an answer were passed on: nothing may be sent again.
  bool seen() const { return streaming_; }

 private:
  Status head(int status, std::string_view content_type);
  Status content(BytesView bytes);
  void end_line(SecretBytes& ready);
  net::Headers headers() const;

  net::ResponseWriter& out_;
  const std::string request_id_;
  const bool simulated_;
  bool streaming_ = false;
  bool at_end_mark_ = false;
  int status_ = 0;
  std::string content_type_;
  SecretBytes line_;  // an unfinished line of a stream
  SecretBytes held_;
};

}  // namespace claustrum::gateway
