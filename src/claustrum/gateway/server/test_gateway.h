// SPDX-License-Identifier: Apache-2.0
// For tests of this folder and of the proxy: a whole `serve` without a TEE, with a scripted engine,
// and the client's side of the sealed protocol written out step by step, so that every byte that an
// observer sees can be looked at. Never included by a library source.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <set>

#include "claustrum/base/reader.h"
#include "claustrum/channel/shaping.h"
#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/random.h"
#include "claustrum/gateway/server/service.h"

namespace claustrum::gateway::test {

inline constexpr Instant kNow{1'780'272'000};
inline constexpr std::string_view kService = "clinic-assistant";

class TestClock final : public Clock {
 public:
  Instant now() const override { return {seconds_.load()}; }
  void set(Instant at) { seconds_ = at.seconds; }

 private:
  std::atomic<std::int64_t> seconds_ = kNow.seconds;
};

// Keeps every line as it would be written.
class RecordingLog final : public Log {
 public:
  void event(Literal name, std::initializer_list<LogField> fields) override {
    const std::lock_guard lock(mutex_);
    text_ += name.text();
    for (const LogField& field : fields) {
      text_ += " " + std::string(field.key.text()) + "=" +
               (field.is_text ? std::string(field.text) : std::to_string(field.number));
    }
    text_ += "\n";
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

class FakeAttester final : public attest::Attester {
 public:
  std::string_view platform() const override { return "amd-sev-snp"; }
  Result<attest::RawEvidence> collect(const ByteArray<64>& report_data) override {
    ++calls;
    while (held) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (broken) {
      return Error(Code::kUnavailable, "fake.broken", "no report");
    }
    return attest::RawEvidence{"amd-sev-snp", to_bytes(BytesView(report_data)), {}};
  }
  std::atomic<int> calls = 0;
  std::atomic<bool> held = false;
  std::atomic<bool> broken = false;
};

// "/tmp/name-PID-N.sock"
inline std::string socket_path() {
  static std::atomic<int> count = 0;
  return testing::TempDir() + "claustrum-" + std::to_string(::getpid()) + "-" +
         std::to_string(++count) + ".sock";
}

class FakeEngine {
 public:
  explicit FakeEngine(net::Handler handler) : handler_(std::move(handler)) {
    net::ServerOptions options;
    options.endpoint.kind = net::Endpoint::Kind::kUnix;
    options.endpoint.path = socket_path();
    server_ = std::move(net::Server::start(options, [this](const net::Request& request,
                                                           net::ResponseWriter& out) {
                ++requests;
                handler_(request, out);
                ++finished;
              })).value();
  }
  net::Endpoint endpoint() const { return server_->endpoint(); }
  std::atomic<int> requests = 0;
  std::atomic<int> finished = 0;

 private:
  net::Handler handler_;
  std::unique_ptr<net::Server> server_;
};

inline net::Response json_answer(std::string_view body, int status = 200) {
  return {status, {{"Content-Type", "application/json"}}, to_bytes(body)};
}

inline const crypto::PrivateKey& identity_key() {
  static const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  return key;
}

inline crypto::PrivateKey copy_of(const crypto::PrivateKey& key) {
  const SecretBytes pkcs8 = key.pkcs8();
  return crypto::PrivateKey::from_pkcs8(pkcs8.reveal()).value();
}

// What a client sends; right in everything, so that a test changes one thing.
struct Ask {
  std::string method = "POST";
  std::string path = "/v1/chat/completions";
  std::string scheme = "https";
  std::string authority{kService};
  std::string body = R"({"model":"m","messages":[{"role":"user","content":"hello"}]})";
  ByteArray<16> id = crypto::random_array<16>();
  std::optional<std::string> id_field;  // in place of the id's hex
  std::optional<crypto::Sha256Digest> document;
  channel::Fields more;
  channel::Fields trailers;
};

struct Reply {
  int http_status = 0;
  std::string http_type;
  std::string http_body;            // when not sealed
  std::vector<std::size_t> chunks;  // sealed lengths, as an observer reads them; the last is final
  int status = 0;
  channel::Fields headers;
  std::string wire;     // content with filler
  std::string content;  // without
  channel::Fields trailers;
  Bytes opened_request;

  std::string code() const {
    const auto json = codec::parse_json(content);
    const auto error = json.ok() ? json->object_at("error") : Result<codec::Json>(json.error());
    return error.ok() ? *error->string_at("code") : "";
  }
  Bytes trailer(std::string_view name) const {
    return codec::base64url_decode(channel::find_field(trailers, name).value_or("")).value();
  }
  bool has_receipt() const {
    return channel::find_field(trailers, "claustrum-receipt").has_value();
  }
};

class Scene {
 public:
  explicit Scene(net::Handler engine_handler, ServiceOptions chosen = {},
                 std::int64_t key_life = 600,
                 std::size_t max_requests = channel::ReplayMemory::kMaxEntries,
                 EvidenceDeskOptions desk_options = {.tick_ms = 5})
      : engine(std::move(engine_handler)),
        keys(std::string(kService), copy_of(identity_key()), key_life, clock, max_requests),
        desk(
            attester, sections(), [this] { return keys.keys_section(); }, desk_options),
        service(options(std::move(chosen)), keys, desk, clock, log) {
    net::ServerOptions server_options;
    server_options.endpoint.kind = net::Endpoint::Kind::kUnix;
    server_options.endpoint.path = socket_path();
    server = std::move(net::Server::start(server_options, [this](const net::Request& request,
                                                                 net::ResponseWriter& out) {
               service.handle(request, out);
             })).value();
  }

  static document::EvidenceDocument sections() {
    document::EvidenceDocument out;
    out.role = "serve";
    out.init_data = to_bytes("init data");
    out.model = to_bytes("manifest");
    return out;
  }
  ServiceOptions options(ServiceOptions out) const {
    out.engine_profile = "openai-chat/1";
    out.engine = engine.endpoint();
    out.tick_ms = 10;
    out.init_data = crypto::sha256(as_bytes("init data"));
    out.manifest = crypto::sha256(as_bytes("manifest"));
    return out;
  }

  Result<net::Response> http(const net::Request& request) {
    return net::send(server->endpoint(), request);
  }
  Result<net::Response> ask_evidence(std::string_view body) {
    return http(
        {"POST", "/claustrum/evidence", {{"Content-Type", "application/json"}}, to_bytes(body)});
  }
  // A document for a fresh nonce.
  crypto::Sha256Digest document() {
    const std::string nonce = codec::base64_encode(crypto::random_array<32>());
    const auto answer = ask_evidence("{\"version\":1,\"nonce\":\"" + nonce + "\"}");
    EXPECT_TRUE(answer.ok() && answer->status == 200);
    return crypto::sha256(answer->body);
  }
  document::KeysClaims claims() {
    return document::verify_keys(keys.keys_section(), identity_key().public_key()).value();
  }
  channel::KeyConfig key() {
    return channel::parse_key_configs(claims().ohttp_keys).value().front();
  }

  static Bytes bhttp(const Ask& ask) {
    channel::BhttpRequest inner;
    inner.head = {ask.method, ask.scheme, ask.authority, ask.path, {}};
    inner.head.headers = {
        {"claustrum-request-id", ask.id_field.value_or(codec::hex_encode(ask.id))},
        {"claustrum-evidence", codec::hex_encode(*ask.document)}};
    inner.head.headers.insert(inner.head.headers.end(), ask.more.begin(), ask.more.end());
    inner.content = to_bytes(ask.body);
    inner.trailers = ask.trailers;
    return channel::encode_bhttp(inner).value();
  }
  static net::Request post(Bytes body) {
    return {"POST",
            "/claustrum/ohttp",
            {{"Content-Type", "message/ohttp-chunked-req"}},
            std::move(body)};
  }
  channel::SealedRequest seal(Ask& ask, Bytes* opened = nullptr) {
    if (!ask.document.has_value()) {
      ask.document = document();
    }
    Bytes message = bhttp(ask);
    if (opened != nullptr) {
      *opened = message;
    }
    channel::pad_bhttp(message);
    return channel::seal_request(key(), message).value();
  }
  Reply send(Ask ask = {}) {
    Bytes opened;
    channel::SealedRequest sealed = seal(ask, &opened);
    Reply reply = open(http(post(sealed.body)), std::move(sealed.opener));
    reply.opened_request = std::move(opened);
    return reply;
  }

  static std::vector<std::size_t> chunk_sizes(BytesView body) {
    ByteReader in(body, "chunks");
    (void)in.bytes(32);
    std::vector<std::size_t> out;
    while (in.ok()) {
      const std::uint64_t size = in.varint();
      if (size == 0) {
        out.push_back(in.rest().size());
        break;
      }
      out.push_back(in.bytes(static_cast<std::size_t>(size)).size());
    }
    EXPECT_TRUE(in.finish().ok());
    return out;
  }
  static Reply open(const Result<net::Response>& response, channel::ChunkedResponseOpener opener) {
    Reply reply;
    EXPECT_TRUE(response.ok()) << response.error().message();
    if (!response.ok()) {
      return reply;
    }
    reply.http_status = response->status;
    reply.http_type = response->headers.find("Content-Type").value_or("");
    if (reply.http_type != "message/ohttp-chunked-res") {
      reply.http_body = as_text(response->body);
      return reply;
    }
    reply.chunks = chunk_sizes(response->body);
    const auto first = opener.feed(response->body);
    const auto last = std::move(opener).finish();
    EXPECT_TRUE(first.ok() && last.ok());
    Bytes plain = to_bytes(first->reveal());
    append(plain, last->reveal());
    const auto answer = channel::parse_bhttp_response(plain);
    EXPECT_TRUE(answer.ok()) << answer.error().message();
    reply.status = answer->head.status;
    reply.headers = answer->head.headers;
    reply.wire = as_text(answer->content);
    reply.content = reply.wire;
    reply.trailers = answer->trailers;
    if (channel::find_field(reply.headers, "content-type") == "text/event-stream") {
      channel::SseUnshaper unshaper;
      reply.content = as_text(unshaper.feed(answer->content));
    }
    return reply;
  }

  // The receipt, after everything in it was compared with what this client knows.
  document::ReceiptClaims receipt(const Ask& ask, const Reply& reply) {
    const Bytes salts = reply.trailer("claustrum-receipt-salts");
    const auto receipt_key = crypto::PublicKey::from_spki(claims().receipt_key_spki);
    const auto receipt = document::verify_receipt(reply.trailer("claustrum-receipt"), *receipt_key);
    EXPECT_TRUE(receipt.ok()) << receipt.error().message();
    document::ReceiptExpectation expected;
    expected.service = kService;
    expected.replica = claims().replica;
    expected.request_id = ask.id;
    expected.request = document::Commitment::request(to_array<32>(BytesView(salts).first(32)))
                           .update(reply.opened_request)
                           .finish();
    auto answer = document::Commitment::answer(to_array<32>(BytesView(salts).subspan(32)),
                                               static_cast<std::uint16_t>(reply.status));
    expected.answer = answer.update(as_bytes(reply.content)).finish();
    expected.answer_length = static_cast<std::int64_t>(reply.content.size());
    expected.status = reply.status;
    expected.evidence_document = *ask.document;
    expected.init_data = crypto::sha256(as_bytes("init data"));
    expected.manifest = crypto::sha256(as_bytes("manifest"));
    const Status same = document::check_receipt(*receipt, expected);
    EXPECT_TRUE(same.ok()) << same.error().message();
    return *receipt;
  }

  TestClock clock;
  RecordingLog log;
  FakeAttester attester;
  FakeEngine engine;
  KeyRing keys;
  EvidenceDesk desk;
  Service service;
  std::unique_ptr<net::Server> server;
};

}  // namespace claustrum::gateway::test
