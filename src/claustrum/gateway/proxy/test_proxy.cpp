// SPDX-License-Identifier: Apache-2.0
#include "claustrum/gateway/proxy/test_proxy.h"

namespace claustrum::gateway::test {

namespace {

constexpr std::string_view kManifest = "manifest";

std::string with_manifest(std::string_view text) {
  return policy::test::replaced(std::string(text), std::string(64, '2'),
                                codec::hex_encode(crypto::sha256(as_bytes(kManifest))));
}

const std::string& init_data() {
  static const std::string text = with_manifest(policy::test::kInitDataText);
  return text;
}

// Nothing was published: the three factors of the ledger are waived, until a date.
std::string policy_text(Instant waivers_until) {
  std::string out = with_manifest(policy::test::kPolicyText);
  for (const char* factor : {"software", "ledger-inclusion", "ledger-witnessed"}) {
    out += "[[waive]]\nfactor = \"" + std::string(factor) + "\"\nreason = \"a test\"\nuntil = \"" +
           format_rfc3339(waivers_until) + "\"\n";
  }
  return out;
}

document::EvidenceDocument sections() {
  document::EvidenceDocument out;
  out.role = "serve";
  out.init_data = to_bytes(init_data());
  out.model = to_bytes(kManifest);
  return out;
}

ServiceOptions service_options(const net::Endpoint& engine) {
  ServiceOptions out;
  out.engine_profile = "openai-chat/1";
  out.engine = engine;
  out.tick_ms = 1;
  out.init_data = crypto::sha256(as_bytes(init_data()));
  out.manifest = crypto::sha256(as_bytes(kManifest));
  return out;
}

// The operator's hands on an answer.
class Hands final : public net::ResponseWriter {
 public:
  Hands(const Tamper& tamper, net::ResponseWriter& out) : tamper_(tamper), out_(out) {}

  Status respond(const net::Response& response) override {
    net::Response changed = response;
    if (tamper_.whole) {
      tamper_.whole(changed);
    }
    return out_.respond(changed);
  }
  Status start(int status, const net::Headers& headers) override {
    net::Headers changed = headers;
    if (tamper_.head) {
      tamper_.head(status, changed);
    }
    return out_.start(status, changed);
  }
  Status write(BytesView chunk) override {
    if (cut_) {
      return gone();
    }
    Bytes changed = to_bytes(chunk);
    const Pass pass = tamper_.chunk ? tamper_.chunk(index_++, changed) : Pass::kOn;
    if (pass == Pass::kOn) {
      return out_.write(changed);
    }
    cut_ = true;
    if (pass == Pass::kEnd) {
      (void)out_.finish();
    }
    return gone();
  }
  Status finish() override { return cut_ ? Status(gone()) : out_.finish(); }
  bool peer_gone() override { return cut_ || out_.peer_gone(); }

 private:
  static Error gone() { return Error(Code::kUnavailable, "net.peer_gone", "cut"); }
  const Tamper& tamper_;
  net::ResponseWriter& out_;
  std::size_t index_ = 0;
  bool cut_ = false;
};

channel::Fields trailers_of(const Forgery& forgery, const document::ReceiptClaims& claims,
                            BytesView salts, const crypto::PrivateKey& key) {
  channel::Fields out;
  if (forgery.with_receipt) {
    out = {{"claustrum-receipt", codec::base64url_encode(document::sign_receipt(claims, key))},
           {"claustrum-receipt-salts", codec::base64url_encode(salts)}};
  }
  if (forgery.trailers) {
    forgery.trailers(out);
  }
  return out;
}

void send_sealed(const Forgery& forgery, const channel::Fields& trailers,
                 channel::ChunkedResponseSealer sealer, net::ResponseWriter& out) {
  (void)out.start(200, {{"Content-Type", "message/ohttp-chunked-res"}});
  (void)out.write(sealer.header());
  (void)out.write(sealer.seal_chunk(channel::encode_bhttp_head(forgery.head).value()).value());
  if (!forgery.content.empty()) {
    const Bytes content = channel::encode_bhttp_content(as_bytes(forgery.content));
    (void)out.write(sealer.seal_chunk(content).value());
  }
  (void)out.write(
      std::move(sealer).seal_final(channel::encode_bhttp_end(trailers).value()).value());
  (void)out.finish();
}

}  // namespace

net::Handler answers_whole() {
  return [](const net::Request&, net::ResponseWriter& out) {
    (void)out.respond(json_answer(kWholeAnswer));
  };
}

net::Handler answers_in_events() {
  return [](const net::Request&, net::ResponseWriter& out) {
    (void)out.start(200, {{"Content-Type", "text/event-stream"}});
    (void)out.write(as_bytes(kEventAnswer));
    (void)out.finish();
  };
}

Forgery events() {
  Forgery out;
  out.head.headers = {{"content-type", "text/event-stream"}};
  out.content = kEventAnswer;
  return out;
}

Replica::Replica(const WorldOptions& options, const net::Endpoint& engine, const Clock& clock,
                 Log& log)
    : keys_(std::string(kService), copy_of(identity_key()), options.key_life, clock),
      desk_(attester_, sections(), [this, change = options.keys] { return keys_section(change); },
            {.tick_ms = 1, .max_issued = options.max_issued}),
      service_(service_options(engine), keys_, desk_, clock, log) {}

Bytes Replica::keys_section(const std::function<void(document::KeysClaims&)>& change) {
  Bytes section = keys_.keys_section();
  if (!change) {
    return section;
  }
  document::KeysClaims claims = document::verify_keys(section, identity_key().public_key()).value();
  change(claims);
  return document::sign_keys(claims, identity_key());
}

void Replica::lie(Forgery forgery) {
  const std::lock_guard lock(mutex_);
  forgery_ = std::move(forgery);
}

channel::BhttpRequest Replica::opened() const {
  const std::lock_guard lock(mutex_);
  return opened_;
}

void Replica::handle(const net::Request& request, net::ResponseWriter& out) {
  std::optional<Forgery> forgery;
  {
    const std::lock_guard lock(mutex_);
    forgery = forgery_;
  }
  if (forgery && request.target == "/claustrum/ohttp") {
    forge(*forgery, request, out);
  } else {
    service_.handle(request, out);
  }
}

void Replica::forge(const Forgery& forgery, const net::Request& request, net::ResponseWriter& out) {
  channel::ChunkedRequestOpener opener(keys_.open_keys());
  Bytes message = to_bytes(opener.feed(request.body).value().reveal());
  channel::ChunkedRequestOpener::Opened opened = std::move(opener).finish().value();
  append(message, opened.last.reveal());
  const channel::BhttpRequest inner = channel::parse_bhttp_request(message).value();
  const auto field = [&](std::string_view name) {
    return codec::hex_decode(*channel::find_field(inner.head.headers, name)).value();
  };
  const ByteArray<32> request_salt = crypto::random_array<32>();
  const ByteArray<32> answer_salt = crypto::random_array<32>();
  document::ReceiptClaims claims;
  claims.service = kService;
  claims.replica = keys_.replica();
  claims.request_id = to_array<16>(field("claustrum-request-id"));
  claims.request = document::Commitment::request(request_salt)
                       .update(BytesView(message).first(inner.message_len))
                       .finish();
  claims.answer =
      document::Commitment::answer(answer_salt, static_cast<std::uint16_t>(forgery.head.status))
          .update(as_bytes(forgery.content))
          .finish();
  claims.answer_length = static_cast<std::int64_t>(forgery.content.size());
  claims.status = forgery.head.status;
  claims.evidence_document = to_array<32>(field("claustrum-evidence"));
  claims.init_data = crypto::sha256(as_bytes(init_data()));
  claims.manifest = crypto::sha256(as_bytes(kManifest));
  claims.clock = kNow;
  if (forgery.claims) {
    forgery.claims(claims);
  }
  {
    const std::lock_guard lock(mutex_);
    opened_ = inner;
  }
  const crypto::PrivateKey& key = forgery.signer ? *forgery.signer : keys_.receipt_key();
  const Bytes salts = concat({request_salt, answer_salt});
  send_sealed(forgery, trailers_of(forgery, claims, salts, key), std::move(opened.sealer), out);
}

ExchangeSink Seen::sink() {
  return {[this](int code, std::string_view content_type) {
            ++heads;
            status = code;
            type = content_type;
            return ok_status();
          },
          [this](BytesView bytes) {
            content += as_text(bytes);
            return ok_status();
          },
          gone};
}

std::string Heard::code() const {
  const auto json = codec::parse_json(as_bytes(body));
  const auto error = json.ok() ? json->object_at("error") : Result<codec::Json>(json.error());
  return error.ok() ? error->string_at("code").value() : "";
}

std::string Heard::message() const {
  const auto json = codec::parse_json(as_bytes(body));
  const auto error = json.ok() ? json->object_at("error") : Result<codec::Json>(json.error());
  return error.ok() ? error->string_at("message").value() : "";
}

World::World(WorldOptions chosen)
    : options(std::move(chosen)),
      engine(options.engine),
      operator_(listen([this](const net::Request& request, net::ResponseWriter& out) {
        operate(request, out);
      })),
      service(operator_->endpoint(), profile(), verifiers_, clock, options.least_number),
      proxy_({options.receipts}, LocalGuard(SecretBytes::copy_of(as_bytes(kToken))), service, log),
      local_(listen([this](const net::Request& request,
                           net::ResponseWriter& out) { proxy_.handle(request, out); },
                    [this](const net::Request& head) { return proxy_.admit(head); })) {
  verifiers_["amd-sev-snp"] = [this](const evidence::VerifyInput& input) {
    evidence::Claims claims = policy::test::good_claims();
    claims.report_data = to_bytes(input.evidence);
    claims.host_data = to_bytes(crypto::sha256(as_bytes(init_data())));
    if (!measured) {
      claims.measurements["measurement"] = Bytes(48, 0xbb);
    }
    return policy::test::verification_of(std::move(claims));
  };
  route_to(add_replica());
}

std::unique_ptr<net::Server> World::listen(net::Handler handler, net::Admit admit) {
  net::ServerOptions server;
  server.admit = std::move(admit);
  server.endpoint = net::Endpoint::parse("http://127.0.0.1:0").value();
  return std::move(net::Server::start(server, std::move(handler))).value();
}

document::Profile World::profile() const {
  static const crypto::PrivateKey publisher = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  document::ProfileClaims claims;
  claims.service = kService;
  claims.number = 3;
  claims.publisher = "The Clinic";
  claims.created = kNow + -86'400;
  claims.expires = options.profile_expires;
  claims.identity_key_spki = identity_key().public_key().spki();
  claims.policy = policy_text(options.waivers_until);
  claims.ledger.origin = "log.example/claustrum";
  return document::verify_profile(as_bytes(document::sign_profile(claims, publisher)),
                                  publisher.public_key().spki_sha256())
      .value();
}

Replica& World::add_replica() {
  replicas_.push_back(std::make_unique<Replica>(options, engine.endpoint(), clock, log));
  return *replicas_.back();
}

void World::tamper(Tamper tamper) {
  const std::lock_guard lock(mutex_);
  tamper_ = std::move(tamper);
}

std::string World::wire() const {
  const std::lock_guard lock(mutex_);
  return wire_;
}

void World::operate(const net::Request& request, net::ResponseWriter& out) {
  documents += request.target == "/claustrum/evidence" ? 1 : 0;
  sealed += request.target == "/claustrum/ohttp" ? 1 : 0;
  Tamper now;
  {
    const std::lock_guard lock(mutex_);
    now = tamper_;
    wire_ += request.method + " " + request.target + "\n";
    for (const net::HeaderField& field : request.headers.list()) {
      wire_ += field.name + ": " + field.value + "\n";
    }
    wire_ += as_text(request.body);
  }
  if (now.instead) {
    if (const std::optional<net::Response> answer = now.instead(request)) {
      (void)out.respond(*answer);
      return;
    }
  }
  Hands hands(now, out);
  replica().handle(request, hands);
}

Result<ExchangeResult> World::exchange(Seen& seen, std::string_view body, const std::string& path) {
  CLAUSTRUM_TRY_ASSIGN(const std::shared_ptr<const Attested> attested, service.current());
  ExchangeRequest request;
  request.method = "POST";
  request.path = path;
  request.content_type = "application/json";
  request.body = as_bytes(body);
  request.id = crypto::random_array<16>();
  const ExchangeSink sink = seen.sink();
  return gateway::exchange(service.endpoint(), *attested, request, sink);
}

net::Request World::local_request(std::string_view method, std::string_view path,
                                  std::string_view body) {
  net::Request request;
  request.method = method;
  request.target = path;
  request.headers = {{"Authorization", "Bearer " + std::string(kToken)},
                     {"Content-Type", "application/json"}};
  request.body = to_bytes(body);
  return request;
}

Heard World::ask(std::string_view body, std::string_view path) {
  return ask(local_request("POST", path, body));
}

Heard World::ask(const net::Request& request) {
  Heard heard;
  Result<net::IncomingResponse> response = net::send_streaming(local_->endpoint(), request);
  EXPECT_TRUE(response.ok()) << response.error().message();
  if (!response.ok()) {
    return heard;
  }
  heard.status = response->status();
  heard.headers = response->headers();
  for (;;) {
    const Result<std::optional<Bytes>> piece = response->read();
    if (!piece.ok() || !piece->has_value()) {
      heard.whole = piece.ok();
      return heard;
    }
    heard.body += as_text(**piece);
  }
}

}  // namespace claustrum::gateway::test
