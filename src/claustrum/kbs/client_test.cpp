// SPDX-License-Identifier: Apache-2.0
// The client against a broker that a test can make lie in one thing at a time.
#include "claustrum/kbs/client.h"

#include <gtest/gtest.h>

#include <mutex>

#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/kbs/broker_signature.h"
#include "claustrum/kbs/snp_evidence.h"

namespace claustrum::kbs {
namespace {

constexpr std::string_view kSession = "00112233445566778899aabbccddeeff";
constexpr std::string_view kNonce = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

class FakeAttester final : public attest::Attester {
 public:
  std::string_view platform() const override { return name; }
  Result<attest::RawEvidence> collect(const ByteArray<64>& report_data) override {
    last = report_data;
    return attest::RawEvidence{name, Bytes(1184, 0x77), {{"vcek", {1}}}};
  }
  std::string name = "amd-sev-snp";
  ByteArray<64> last{};
};

class FakeBroker {
 public:
  FakeBroker() : key(crypto::PrivateKey::generate(crypto::KeyKind::kP256)) {
    net::ServerOptions options;
    options.endpoint = *net::Endpoint::parse("http://127.0.0.1:0");
    server_ =
        net::Server::start(options, [this](const net::Request& request, net::ResponseWriter& out) {
          const std::lock_guard lock(mutex_);
          net::Response response = answer(request);
          change(request, response);
          (void)out.respond(response);
        }).value();
  }

  net::Endpoint endpoint() const { return server_->endpoint(); }
  Bytes id() const { return to_bytes(BytesView(key.public_key().spki_sha256())); }

  crypto::PrivateKey key;
  // What is signed and sent as answer to a fetch.
  Grant grant{std::string(kNonce), "default/key/1", "7", Bytes(32, 0xab), {}};
  std::string secret = "the secret";
  // Stands between an answer and its being sent.
  std::function<void(const net::Request&, net::Response&)> change = [](const net::Request&,
                                                                       net::Response&) {};
  std::optional<Attestation> attestation;
  std::vector<std::string> cookies;

 private:
  net::Response answer(const net::Request& request) {
    net::Response response;
    cookies.emplace_back(request.headers.find("Cookie").value_or(""));
    if (request.target == "/kbs/v0/auth") {
      response.headers.add("Set-Cookie", "lb=1; Path=/");
      response.headers.add("set-cookie", "kbs-session-id=" + std::string(kSession) + "; Path=/");
      response.body = to_bytes(to_json(Challenge{std::string(kNonce)}));
    } else if (request.target == "/kbs/v0/attest") {
      attestation = parse_attestation(request.body).value();
      response.body = to_bytes(std::string_view("{\"token\":\"x\"}"));
    } else if (request.target == "/kbs/v0/resource/default/key/1") {
      const crypto::PublicKey to = tee_key_from_jwk(attestation->tee_pubkey).value();
      grant.body = to_bytes(codec::to_json(*crypto::jwe_encrypt(to, as_bytes(secret))));
      response.body = grant.body;
      response.headers.add(std::string(kBrokerKeyHeader),
                           codec::base64_encode(key.public_key().spki()));
      response.headers.add(std::string(kBrokerSignatureHeader),
                           codec::base64url_encode(sign_grant(key, grant)));
      response.headers.add(std::string(kResourceVersionHeader), grant.version);
      response.headers.add(std::string(kReleasePolicyHeader),
                           codec::hex_encode(grant.policy_digest));
    } else {
      response.status = 404;
      response.body = to_bytes(error_body("PluginInternalError", "not_found broker.resource"));
    }
    return response;
  }

  std::mutex mutex_;
  std::unique_ptr<net::Server> server_;
};

struct KbsClient : testing::Test {
  FakeBroker broker;
  FakeAttester attester;
  Client client{broker.endpoint(), broker.id(), "version = \"0.1.0\"\n"};
  ResourcePath path = parse_resource_path("default/key/1").value();

  // Answers to this path get another status and body.
  void answer_with(std::string_view target, int status, std::string body) {
    broker.change = [=](const net::Request& request, net::Response& response) {
      if (request.target.ends_with(target)) {
        response.status = status;
        response.body = to_bytes(body);
      }
    };
  }
  void without_header(std::string_view name) {
    broker.change = [=](const net::Request&, net::Response& response) {
      net::Headers kept;
      for (const net::HeaderField& field : response.headers.list()) {
        if (field.name != name) {
          kept.add(field.name, field.value);
        }
      }
      response.headers = kept;
    };
  }
  template <typename T>
  static void expect_error(const Result<T>& result, Code code, std::string_view reason) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code(), code) << result.error().message();
    EXPECT_EQ(result.error().reason(), reason) << result.error().message();
  }
  void expect_fetch_refused(Code code, std::string_view reason) {
    ASSERT_TRUE(client.attest(attester).ok());
    expect_error(client.fetch(path), code, reason);
  }
};

TEST_F(KbsClient, AttestsOnceAndFetches) {
  ASSERT_TRUE(client.attest(attester).ok());
  for (int i = 0; i < 2; ++i) {
    const auto secret = client.fetch(path);
    ASSERT_TRUE(secret.ok()) << secret.error().message();
    EXPECT_EQ(as_text(secret->value.reveal()), "the secret");
    EXPECT_EQ(secret->version, "7");
    EXPECT_EQ(secret->policy_digest, Bytes(32, 0xab));
  }
  const std::string cookie = "kbs-session-id=" + std::string(kSession);
  EXPECT_EQ(broker.cookies, (std::vector<std::string>{"", cookie, cookie, cookie}));
}

TEST_F(KbsClient, EvidenceBindsNonceAndKey) {
  ASSERT_TRUE(client.attest(attester).ok());
  ASSERT_TRUE(broker.attestation.has_value());
  EXPECT_EQ(broker.attestation->nonce, kNonce);
  EXPECT_EQ(attester.last, report_data(kNonce, broker.attestation->tee_pubkey, ""));
  EXPECT_EQ(broker.attestation->init_data->body, "version = \"0.1.0\"\n");
  const auto evidence = parse_snp_evidence(broker.attestation->primary_evidence);
  EXPECT_EQ(evidence->report, Bytes(1184, 0x77));
}

TEST_F(KbsClient, EveryClientHasItsOwnKey) {
  ASSERT_TRUE(client.attest(attester).ok());
  const codec::Json first = broker.attestation->tee_pubkey;
  Client other(broker.endpoint(), broker.id(), "x");
  ASSERT_TRUE(other.attest(attester).ok());
  EXPECT_NE(first, broker.attestation->tee_pubkey);
}

TEST_F(KbsClient, AnotherBrokerIsRefused) {
  broker.key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  expect_fetch_refused(Code::kUnauthorised, "kbs.broker_identity");
}

TEST_F(KbsClient, AnAnswerWithoutSignatureIsRefused) {
  ASSERT_TRUE(client.attest(attester).ok());
  for (const std::string_view header :
       {kBrokerKeyHeader, kBrokerSignatureHeader, kResourceVersionHeader, kReleasePolicyHeader}) {
    without_header(header);
    expect_error(client.fetch(path), Code::kUnauthorised, "kbs.broker_identity");
  }
}

TEST_F(KbsClient, AnAlteredSecretIsRefused) {
  broker.change = [](const net::Request& request, net::Response& response) {
    if (request.method == "GET") {
      response.body.push_back('\n');
    }
  };
  expect_fetch_refused(Code::kBadSignature, "kbs.broker_signature");
}

// A host that swaps the answers to two questions.
TEST_F(KbsClient, ASecretOfAnotherNameIsRefused) {
  broker.grant.resource = "default/key/2";
  expect_fetch_refused(Code::kBadSignature, "kbs.broker_signature");
}

TEST_F(KbsClient, AGrantOfAnotherSessionIsRefused) {
  broker.grant.nonce = "AAAA";
  expect_fetch_refused(Code::kBadSignature, "kbs.broker_signature");
}

TEST_F(KbsClient, AnotherVersionOrPolicyThanSignedIsRefused) {
  ASSERT_TRUE(client.attest(attester).ok());
  for (const std::string_view header : {kResourceVersionHeader, kReleasePolicyHeader}) {
    broker.change = [=](const net::Request&, net::Response& response) {
      net::Headers changed;
      for (const net::HeaderField& field : response.headers.list()) {
        changed.add(field.name, field.name == header ? std::string(64, '8') : field.value);
      }
      response.headers = changed;
    };
    expect_error(client.fetch(path), Code::kBadSignature, "kbs.broker_signature");
  }
}

TEST_F(KbsClient, ASecretForAnotherKeyDoesNotOpen) {
  ASSERT_TRUE(client.attest(attester).ok());
  broker.attestation->tee_pubkey = crypto::jwk_from_public_key(
      crypto::PrivateKey::generate(crypto::KeyKind::kP256).public_key(), "ECDH-ES+A256KW");
  const auto secret = client.fetch(path);
  ASSERT_FALSE(secret.ok());
  EXPECT_EQ(secret.error().reason(), "jwe.open");
}

TEST_F(KbsClient, AMissingSecretIsFinal) {
  ASSERT_TRUE(client.attest(attester).ok());
  const auto secret = client.fetch(parse_resource_path("default/key/9").value());
  expect_error(secret, Code::kNotFound, "kbs.not_found");
  EXPECT_EQ(secret.error().text(), "not_found broker.resource");
}

TEST_F(KbsClient, ARefusalKeepsTheBrokersWords) {
  answer_with("/attest", 401,
              error_body("PolicyDeny", "policy_denied measurement policy.measurement (audit 1)"));
  const Status status = client.attest(attester);
  expect_error(status, Code::kUnauthorised, "kbs.refused");
  EXPECT_EQ(status.error().text(), "policy_denied measurement policy.measurement (audit 1)");
  // Not attested: nothing is asked for.
  const std::size_t requests = broker.cookies.size();
  expect_error(client.fetch(path), Code::kUnauthorised, "kbs.not_attested");
  EXPECT_EQ(broker.cookies.size(), requests);
}

TEST_F(KbsClient, ARefusalWithoutWordsShowsItsStatus) {
  answer_with("/attest", 401, "<html>");
  const Status status = client.attest(attester);
  expect_error(status, Code::kUnauthorised, "kbs.refused");
  EXPECT_EQ(status.error().text(), "HTTP status 401");
}

TEST_F(KbsClient, ABusyBrokerIsWorthAnotherTry) {
  answer_with("/auth", 503, error_body("Busy", "try later"));
  expect_error(client.attest(attester), Code::kUnavailable, "kbs.unavailable");
  answer_with("/auth", 500, "{}");
  expect_error(client.attest(attester), Code::kUnavailable, "kbs.unavailable");
}

TEST_F(KbsClient, WithoutSessionThereIsNoAttestation) {
  for (const char* cookie :
       {"other=00", "kbs-session-id=", "kbs-session-id=a b", "kbs-session-id=\"aa\""}) {
    broker.change = [=](const net::Request&, net::Response& response) {
      response.headers = {{"Set-Cookie", cookie}};
    };
    expect_error(client.attest(attester), Code::kMalformed, "kbs.session");
  }
  broker.change = [](const net::Request&, net::Response& response) {
    response.headers = {{"Set-Cookie", "kbs-session-id=" + std::string(65, 'a')}};
  };
  expect_error(client.attest(attester), Code::kMalformed, "kbs.session");
}

TEST_F(KbsClient, AFailedSecondAttestationEndsTheFirst) {
  ASSERT_TRUE(client.attest(attester).ok());
  answer_with("/auth", 401, error_body("x", "y"));
  expect_error(client.attest(attester), Code::kUnauthorised, "kbs.refused");
  expect_error(client.fetch(path), Code::kUnauthorised, "kbs.not_attested");
}

TEST_F(KbsClient, OtherPlatformsHaveNoFormHere) {
  attester.name = "intel-tdx";
  expect_error(client.attest(attester), Code::kUnsupported, "kbs.tee");
}

TEST_F(KbsClient, NobodyThereIsUnavailable) {
  net::Endpoint nobody = *net::Endpoint::parse("unix:/nonexistent/broker.sock");
  Client lost(nobody, Bytes(32, 0), "");
  const Status status = lost.attest(attester);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace claustrum::kbs
