// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/demo_ask.h"

#include <filesystem>

#include "claustrum/app/files.h"
#include "claustrum/codec/hex.h"
#include "claustrum/document/evidence_document.h"
#include "claustrum/document/keys.h"
#include "claustrum/document/profile.h"

namespace claustrum::app {

namespace {

using codec::Json;

net::Request chat_request(const Stage& stage, const std::string& question) {
  Json message = Json::object();
  message.set("role", "user").set("content", question);
  Json body = Json::object();
  body.set("model", "default")
      .set("messages", Json::Array{message})
      .set("stream", true)
      .set("max_tokens", 160)
      .set("seed", 7);
  net::Request request;
  request.method = "POST";
  request.target = "/v1/chat/completions";
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Authorization", "Bearer " + stage.token());
  request.body = to_bytes(codec::to_json(body));
  return request;
}

// The text that one "data: {...}" line adds; the error it reports, if any.
Result<std::string> delta_of(std::string_view line) {
  constexpr std::string_view kData = "data: ";
  if (!line.starts_with(kData) || line == "data: [DONE]") {
    return std::string();
  }
  codec::JsonLimits limits;
  limits.numbers = codec::JsonNumbers::kAny;
  CLAUSTRUM_TRY_ASSIGN(const Json event, codec::parse_json(line.substr(kData.size()), limits));
  const Json* error = event.find("error");
  if (error != nullptr) {
    return Error(Code::kUnavailable, "demo.answer",
                 error->string_at("message").ok() ? *error->string_at("message")
                                                  : "the stream reported an error");
  }
  const Json* choices = event.find("choices");
  if (choices == nullptr || !choices->is_array() || choices->items().empty()) {
    return std::string();
  }
  const Json* delta = choices->items().front().find("delta");
  const Json* content = delta == nullptr ? nullptr : delta->find("content");
  return content != nullptr && content->is_string() ? content->string() : std::string();
}

Status read_stream(net::IncomingResponse& response, Asked& out,
                   const std::function<void(std::string_view)>& show) {
  std::string pending;
  bool done = false;
  for (;;) {
    CLAUSTRUM_TRY_ASSIGN(const std::optional<Bytes> piece, response.read());
    if (!piece.has_value()) {
      break;
    }
    pending.append(as_text(*piece));
    for (std::size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
      const std::string line = pending.substr(0, end);
      pending.erase(0, end + 1);
      done = done || line == "data: [DONE]";
      CLAUSTRUM_TRY_ASSIGN(const std::string text, delta_of(line));
      out.answer += text;
      show(text);
    }
  }
  if (!done) {
    return Error(Code::kUnavailable, "demo.answer", "the answer was cut");
  }
  return ok_status();
}

// Checks the stored receipt again, from files alone, as an auditor would.
Status check_stored_receipt(const Stage& stage, Asked& out) {
  const std::string box = stage.file("client/receipts");
  CLAUSTRUM_TRY_ASSIGN(const Bytes cose, read_file(box + "/receipts/" + out.request_id + ".cose"));
  CLAUSTRUM_TRY_ASSIGN(const Bytes profile_text, read_file(stage.file("release/profile.json")));
  CLAUSTRUM_TRY_ASSIGN(const Bytes publisher, codec::hex_decode(stage.publisher()));
  CLAUSTRUM_TRY_ASSIGN(const document::Profile profile,
                       document::verify_profile(profile_text, publisher));
  for (const auto& file : std::filesystem::directory_iterator(box + "/documents")) {
    CLAUSTRUM_TRY_ASSIGN(const Bytes text, read_file(file.path().string()));
    CLAUSTRUM_TRY_ASSIGN(const document::EvidenceDocument document,
                         document::parse_evidence_document(text));
    CLAUSTRUM_TRY_ASSIGN(const document::KeysClaims keys,
                         document::verify_keys(document.keys, profile.identity_key()));
    CLAUSTRUM_TRY_ASSIGN(const crypto::PublicKey key,
                         crypto::PublicKey::from_spki(keys.receipt_key_spki));
    CLAUSTRUM_TRY_ASSIGN(out.receipt, document::verify_receipt(cose, key));
    if (out.receipt.evidence_document == crypto::sha256(text)) {
      out.receipt_verified = out.receipt.outcome == document::Outcome::kComplete;
      return ok_status();
    }
  }
  return Error(Code::kNotFound, "demo.receipt", "the receipt names a document that is not there");
}

Result<Json> fetch_verdict(const Stage& stage) {
  net::Request request;
  request.target = "/claustrum/verdict";
  request.headers.add("Authorization", "Bearer " + stage.token());
  CLAUSTRUM_TRY_ASSIGN(const net::Response response, net::send(stage.connect_endpoint(), request));
  return codec::parse_json(response.body);
}

}  // namespace

Result<Asked> ask(const Stage& stage, const std::string& question,
                  const std::function<void(std::string_view)>& show) {
  Asked out;
  CLAUSTRUM_TRY_ASSIGN(
      net::IncomingResponse response,
      net::send_streaming(stage.connect_endpoint(), chat_request(stage, question)));
  out.request_id = response.headers().find("Claustrum-Request-Id").value_or("");
  if (response.status() != 200) {
    CLAUSTRUM_TRY_ASSIGN(const std::optional<Bytes> body, response.read());
    return Error(Code::kUnavailable, "demo.answer",
                 "HTTP " + std::to_string(response.status()) + " " +
                     std::string(body.has_value() ? as_text(*body) : ""));
  }
  CLAUSTRUM_TRY(read_stream(response, out, show));
  CLAUSTRUM_TRY(check_stored_receipt(stage, out));
  CLAUSTRUM_TRY_ASSIGN(out.verdict, fetch_verdict(stage));
  return out;
}

}  // namespace claustrum::app
