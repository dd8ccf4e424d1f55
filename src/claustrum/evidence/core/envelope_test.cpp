// SPDX-License-Identifier: Apache-2.0
// What evidence is taken out of, and that what was taken is named.
#include "claustrum/evidence/core/envelope.h"

#include <gtest/gtest.h>

#include "claustrum/base/writer.h"
#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/json.h"
#include "claustrum/codec/pem.h"

namespace claustrum::evidence {
namespace {

const Bytes kEvidence = {4, 0, 2, 0, 0x81, 0, 0, 0, 0xfb, 0xff, 0xfe, 1};
const std::string kBase64 = codec::base64_encode(kEvidence);

std::string container(BytesView file) {
  const Result<Unwrapped> out = unwrap_evidence(file);
  if (!out.ok()) {
    return std::string(out.error().reason());
  }
  EXPECT_EQ(out->evidence, kEvidence) << as_text(file);
  return out->container;
}

std::string container(std::string_view file) {
  return container(as_bytes(file));
}

std::string beside(std::string_view file, const char* name) {
  const Result<Unwrapped> out = unwrap_evidence(as_bytes(file));
  const auto at = out.ok() ? out->beside.find(name)
                           : std::map<std::string, Bytes, std::less<>>::const_iterator();
  return out.ok() && at != out->beside.end() ? std::string(as_text(at->second)) : "absent";
}

TEST(Envelope, BinaryIsTakenAsItIs) {
  const Result<Unwrapped> out = unwrap_evidence(kEvidence);
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->evidence, kEvidence);
  EXPECT_EQ(out->container, "raw");
  EXPECT_TRUE(out->beside.empty());
  EXPECT_EQ(unwrap_evidence({})->container, "raw");
}

TEST(Envelope, TextIsHexOrBase64) {
  const std::string hex = codec::hex_encode(kEvidence);
  EXPECT_EQ(container(hex), "hex");
  EXPECT_EQ(container("0x" + hex.substr(0, 8) + "\n" + hex.substr(8) + "\n"), "hex");
  EXPECT_EQ(container("04000200810000 00FBFFFE01"), "hex");
  EXPECT_EQ(container(kBase64 + "\n"), "base64");
  EXPECT_EQ(container(codec::base64url_encode(kEvidence)), "base64url");
}

TEST(Envelope, Base64urlMayBePadded) {
  for (std::size_t size = 10; size <= 12; ++size) {
    const Bytes odd(size, 0xff);
    std::string text = codec::base64url_encode(odd);
    text.append((4 - text.size() % 4) % 4, '=');
    EXPECT_EQ(unwrap_evidence(as_bytes(text))->evidence, odd) << text;
    EXPECT_FALSE(unwrap_evidence(as_bytes(text + "=")).ok()) << text;
  }
}

TEST(Envelope, PemHoldsOneBlock) {
  const std::string pem = codec::pem_encode("SGX QUOTE", kEvidence);
  EXPECT_EQ(container(pem), "PEM");
  EXPECT_EQ(container("\n" + pem), "PEM");
  EXPECT_EQ(container(pem + pem), "envelope.pem");
  EXPECT_EQ(container(pem.substr(0, pem.size() - 8)), "envelope.pem");
  EXPECT_EQ(container(codec::pem_encode("CERTIFICATE", kEvidence)), "envelope.unsupported");
}

TEST(Envelope, JsonNamesItsEvidence) {
  EXPECT_EQ(container(R"({"quote":")" + kBase64 + R"(","n":1.5})"), "JSON member quote, base64");
  EXPECT_EQ(container(" {\"evidence\":\"" + codec::hex_encode(kEvidence) + "\"}"),
            "JSON member evidence, hex");
  EXPECT_EQ(container(R"({"outblob":")" + kBase64 + R"(","provider":"tdx_guest"})"),
            "JSON member outblob, base64");
}

TEST(Envelope, JsonByTheNameOfTheTee) {
  const std::string inner = R"({"quote":")" + kBase64 + R"(","runtime_data":"AA=="})";
  for (const std::string name : {"tdx", "sgx", "sevsnp"}) {
    EXPECT_EQ(container("{\"" + name + "\":" + inner + R"(,"policy_ids":[]})"),
              "JSON member " + name + ".quote, base64");
  }
  EXPECT_EQ(container(R"({"format":"f","cpu":{"platform":"tdx","report":")" + kBase64 + "\"}}"),
            "JSON member cpu.report, base64");
  EXPECT_EQ(container(R"({"tee":"tdx","tee-evidence":{"primary_evidence":)" + inner + "}}"),
            "JSON member tee-evidence.primary_evidence.quote, base64");
  EXPECT_EQ(container(R"({"tdx":{"tdx":{"tdx":{"tdx":)" + inner + "}}}}"), "envelope.json");
  EXPECT_EQ(container(R"({"quote":")" + kBase64 + R"(","tdx":)" + inner + "}"), "envelope.json");
}

TEST(Envelope, LogsBesideTheEvidenceComeAlong) {
  const std::string quote = R"({"quote":")" + kBase64 + "\"";
  const std::string log = codec::base64_encode(as_bytes("a log"));
  EXPECT_EQ(container(quote + R"(,"cc_eventlog":")" + log + "\"}"),
            "JSON member quote, base64, with cc_eventlog");
  EXPECT_EQ(beside(quote + R"(,"cc_eventlog":")" + log + "\"}", "event_log"), "a log");
  EXPECT_EQ(beside(quote + R"(,"event_log":"[{\"imr\":0}]"})", "event_log"), R"([{"imr":0}])");
  EXPECT_EQ(beside(quote + R"(,"event_log":[{"imr":0}]})", "event_log"), R"([{"imr":0}])");
  EXPECT_EQ(beside(quote + R"(,"aa_eventlog":"INIT sha384/00\na b c"})", "aa_event_log"),
            "INIT sha384/00\na b c");
  EXPECT_EQ(beside(quote + R"(,"auxblob":")" + log + "\"}", "auxblob"), "a log");
  for (const char* none : {"null", "\"\""}) {
    EXPECT_EQ(container(quote + R"(,"cc_eventlog":)" + none + "}"), "JSON member quote, base64");
  }
  for (const char* odd : {"7", "{}", "\"!\""}) {
    EXPECT_EQ(container(quote + R"(,"event_log":)" + odd + "}"), "envelope.json") << odd;
  }
  EXPECT_EQ(container(quote + R"(,"event_log":"AQID","cc_eventlog":"AQID"})"), "envelope.json");
}

TEST(Envelope, NothingIsGuessed) {
  EXPECT_EQ(container("not evidence!"), "envelope.text");
  EXPECT_EQ(container("abc"), "envelope.text");  // half a byte of hex
  EXPECT_EQ(container(R"({"quote":")" + kBase64 + R"(","report":")" + kBase64 + R"("})"),
            "envelope.json");
  EXPECT_EQ(container(R"({"other":")" + kBase64 + R"("})"), "envelope.json");
}

TEST(Envelope, ContainersMayHoldContainers) {
  const std::string json = R"({"quote":")" + kBase64 + R"(","event_log":"AQID"})";
  const std::string twice = codec::base64_encode(as_bytes(json));
  EXPECT_EQ(container(twice), "base64, JSON member quote, base64, with event_log");
  EXPECT_EQ(beside(twice, "event_log"), "\x01\x02\x03");
  EXPECT_EQ(container(R"({"quote":")" + twice + R"(","event_log":"AQID"})"), "envelope.json");
  std::string deep = kBase64;
  for (int i = 0; i < 2; ++i) {
    deep = codec::base64_encode(as_bytes(deep));
  }
  EXPECT_EQ(container(deep), "base64, base64, base64");
  EXPECT_EQ(container(codec::base64_encode(as_bytes(deep))), "envelope.depth");
}

TEST(Envelope, TextHasALimit) {
  std::string text(kMaxContainerLen, 'a');
  EXPECT_TRUE(unwrap_evidence(as_bytes(text)).ok());
  text += ' ';
  EXPECT_EQ(container(text), "envelope.size");
  text.back() = '\0';
  EXPECT_EQ(unwrap_evidence(as_bytes(text))->container, "raw");
}

TEST(Envelope, OpenEnclavesHeaderIsTakenOff) {
  const auto with = [](std::uint32_t version, std::uint32_t type, std::uint64_t size) {
    return std::move(ByteWriter().u32le(version).u32le(type).u64le(size).bytes(kEvidence)).take();
  };
  EXPECT_EQ(container(with(1, 2, kEvidence.size())), "Open Enclave report");
  for (const Bytes& other : {with(2, 2, kEvidence.size()), with(1, 1, kEvidence.size()),
                             with(1, 2, kEvidence.size() + 1), with(1, 2, 0)}) {
    EXPECT_EQ(unwrap_evidence(other)->container, "raw");
  }
  const Bytes empty = std::move(ByteWriter().u32le(1).u32le(2).u64le(0)).take();
  EXPECT_EQ(unwrap_evidence(empty)->container, "raw");
}

TEST(Envelope, EveryPrefixIsTakenOrRefused) {
  const std::string json = R"({"tdx":{"quote":")" + kBase64 + R"(","event_log":"AQID"}})";
  for (std::size_t size = 0; size < json.size(); ++size) {
    const Result<Unwrapped> out = unwrap_evidence(as_bytes(json).first(size));
    EXPECT_TRUE(size == 0 || !out.ok()) << size;
  }
}

}  // namespace
}  // namespace claustrum::evidence
