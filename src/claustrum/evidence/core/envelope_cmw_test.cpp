// SPDX-License-Identifier: Apache-2.0
// CMW in its forms: one piece of evidence is taken, of several none.
#include "claustrum/evidence/core/envelope_cmw.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "claustrum/codec/base64.h"

namespace claustrum::evidence {
namespace {

using codec::Cbor;

const Bytes kEvidence = {4, 0, 2, 0, 0x81, 0, 0, 0, 0xfb, 0xff, 0xfe, 1};
constexpr std::uint64_t kTag64999 = 1668612070;  // the draft's example

std::string container(BytesView file) {
  const Result<Unwrapped> out = unwrap_evidence(file);
  if (!out.ok()) {
    return std::string(out.error().reason());
  }
  if (out->container != "raw") {
    EXPECT_EQ(out->evidence, kEvidence);
  }
  return out->container;
}

std::string container(std::string_view file) {
  return container(as_bytes(file));
}

std::string container(const Cbor& value) {
  return container(codec::encode_cbor(value));
}

std::string record(std::string_view more = "") {
  return R"(["application/x",")" + codec::base64url_encode(kEvidence) + "\"" + std::string(more) +
         "]";
}

Cbor cbor_record(Cbor type, std::optional<std::uint64_t> marks = std::nullopt) {
  std::vector<Cbor> items = {std::move(type), Cbor::bytes(kEvidence)};
  if (marks) {
    items.push_back(Cbor::unsigned_integer(*marks));
  }
  return Cbor::array(std::move(items));
}

TEST(EnvelopeCmw, JsonRecords) {
  EXPECT_EQ(container(record()), "CMW record (application/x)");
  EXPECT_EQ(container(record(",4")), "CMW record (application/x)");
  EXPECT_EQ(container(record(",6")), "CMW record (application/x)");
  EXPECT_EQ(container(R"(["a\u0007b","BAACAIEAAAD7__4B"])"), "CMW record (a type)");
  for (const std::string& odd : std::vector<std::string>{
           R"(["application/x"])", R"(["application/x","!"])", R"(["application/x",""])",
           R"(["application/x","BAACAIEAAAD7__4B","4"])", record(",0"), record(",-4"),
           record(",4,4"), record(",2"), R"([1,"BAAC"])", "[]"}) {
    EXPECT_EQ(container(odd), "envelope.cmw") << odd;
  }
}

TEST(EnvelopeCmw, JsonCollections) {
  EXPECT_EQ(container("{\"a\":" + record() + "}"), "CMW collection of 1 (application/x)");
  EXPECT_EQ(
      container(R"({"__cmwc_t":"tag:x","a":)" + record(",4") + ",\"b\":" + record(",2") + "}"),
      "CMW collection of 2 (application/x)");
  EXPECT_EQ(container("{\"a\":{\"b\":" + record() + "}}"), "CMW collection of 1 (application/x)");
  EXPECT_EQ(container("{\"a\":" + record() + ",\"b\":" + record() + "}"), "envelope.cmw");
  EXPECT_EQ(container("{\"a\":" + record(",2") + "}"), "envelope.cmw");
  std::string deep = record();
  for (int i = 0; i < 4; ++i) {
    deep = "{\"a\":" + deep + "}";
  }
  EXPECT_EQ(container(deep), "CMW collection of 1 (application/x)");
  // Anything else is some other JSON.
  for (const std::string& odd : std::vector<std::string>{
           "{\"a\":" + deep + "}", "{}", R"({"__cmwc_t":"x"})", "{\"a\":" + record() + ",\"b\":1}",
           R"({"__cmwc_t":1,"a":)" + record() + "}", R"({"a":{}})"}) {
    EXPECT_EQ(container(odd), "envelope.json") << odd;
  }
}

TEST(EnvelopeCmw, CborRecords) {
  EXPECT_EQ(container(cbor_record(Cbor::text("application/x"))), "CBOR CMW record (application/x)");
  EXPECT_EQ(container(cbor_record(Cbor::unsigned_integer(30001), 4)),
            "CBOR CMW record (content format 30001)");
  EXPECT_EQ(container(cbor_record(Cbor::unsigned_integer(30001), 2)), "envelope.cmw");
  Bytes indefinite = codec::encode_cbor(cbor_record(Cbor::text("application/x")));
  indefinite[0] = 0x9f;
  indefinite.push_back(0xff);
  EXPECT_EQ(container(indefinite), "CBOR CMW record (application/x)");
  for (const Cbor& other :
       {cbor_record(Cbor::unsigned_integer(65536)), cbor_record(Cbor::bytes(kEvidence)),
        cbor_record(Cbor::text("application/x"), 0),
        Cbor::array({Cbor::text("application/x"), Cbor::text("text")}),
        Cbor::array({Cbor::text("a"), Cbor::bytes(kEvidence), Cbor::text("4")}),
        Cbor::array({Cbor::text("a")})}) {
    EXPECT_EQ(container(other), "raw");
  }
  EXPECT_EQ(container(Cbor::array({Cbor::text("a"), Cbor::bytes(Bytes())})), "envelope.cmw");
  // A record that does not end where the file ends is none.
  Bytes longer = codec::encode_cbor(cbor_record(Cbor::text("application/x")));
  longer.push_back(0);
  EXPECT_EQ(container(longer), "raw");
}

TEST(EnvelopeCmw, CborTags) {
  EXPECT_EQ(container(Cbor::tag(kTag64999, Cbor::bytes(kEvidence))),
            "CBOR CMW tag (content format 64999)");
  EXPECT_EQ(container(Cbor::tag(1668546817, Cbor::bytes(kEvidence))),
            "CBOR CMW tag (content format 0)");
  for (const Cbor& other :
       {Cbor::tag(1668546817 + 255, Cbor::bytes(kEvidence)),
        Cbor::tag(1668546816, Cbor::bytes(kEvidence)),
        Cbor::tag(0xffffffff, Cbor::bytes(kEvidence)), Cbor::tag(kTag64999, Cbor::text("text"))}) {
    EXPECT_EQ(container(other), "raw");
  }
}

TEST(EnvelopeCmw, CborCollections) {
  const Cbor one = cbor_record(Cbor::text("application/x"), 4);
  const Cbor tag = Cbor::tag(kTag64999, Cbor::bytes(kEvidence));
  EXPECT_EQ(container(Cbor::map({{Cbor::integer(1), one}})),
            "CBOR CMW collection of 1 (application/x)");
  EXPECT_EQ(container(Cbor::map({{Cbor::text("__cmwc_t"), Cbor::text("tag:x")},
                                 {Cbor::integer(0), cbor_record(Cbor::text("e"), 2)},
                                 {Cbor::text("s"), tag}})),
            "CBOR CMW collection of 2 (content format 64999)");
  EXPECT_EQ(container(Cbor::map({{Cbor::integer(1), Cbor::map({{Cbor::integer(2), one}})}})),
            "CBOR CMW collection of 1 (application/x)");
  EXPECT_EQ(container(Cbor::map({{Cbor::integer(1), one}, {Cbor::integer(2), tag}})),
            "envelope.cmw");
  for (const Cbor& other :
       {Cbor::map({{Cbor::integer(1), one}, {Cbor::integer(2), Cbor::text("x")}}),
        Cbor::map({{Cbor::bytes(Bytes{1}), one}}), Cbor::map({{Cbor::integer(1), Cbor::map({})}}),
        Cbor::map({{Cbor::text("__cmwc_t"), Cbor::text("x")}})}) {
    EXPECT_EQ(container(other), "raw");
  }
  Cbor deep = one;
  for (int i = 0; i < 5; ++i) {
    deep = Cbor::map({{Cbor::integer(1), deep}});
  }
  EXPECT_EQ(container(deep), "raw");
}

TEST(EnvelopeCmw, EveryPrefixOfCborIsRaw) {
  const Bytes whole = codec::encode_cbor(
      Cbor::map({{Cbor::integer(1), cbor_record(Cbor::text("application/x"), 4)}}));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(container(BytesView(whole).first(size)), "raw") << size;
  }
}

std::filesystem::path vectors() {
  const char* shared = std::getenv("CLAUSTRUM_SHARED");
  const bool given = shared != nullptr && *shared != '\0';
  return std::filesystem::path(given ? shared : CLAUSTRUM_SOURCE_DIR "/../shared") /
         "vectors/rats/cmw";
}

std::string reason_or_container(const std::string& name) {
  std::ifstream in(vectors() / name, std::ios::binary);
  const Bytes file(std::istreambuf_iterator<char>(in), {});
  const Result<Unwrapped> out = unwrap_evidence(file);
  return out.ok() ? out->container : out.error().text();
}

TEST(EnvelopeCmw, OfficialExamples) {
  if (!std::filesystem::exists(vectors())) {
    GTEST_SKIP() << "no vectors beside the tree";
  }
  EXPECT_EQ(reason_or_container("draft/cmw-example-1.json"),
            "CMW record (application/vnd.example.rats-con)");
  EXPECT_EQ(reason_or_container("veraison/collection-cbor-ok-2.cbor"),
            "CBOR CMW collection of 1 (application/vnd.1)");
  for (const char* several :
       {"draft/collection-example-1.json", "draft/collection-example-2.json",
        "veraison/collection-ok.json", "veraison/collection-cbor-mixed-keys.cbor"}) {
    EXPECT_EQ(reason_or_container(several),
              "it holds 2 pieces of evidence; unwrap the one to be judged")
        << several;
  }
}

}  // namespace
}  // namespace claustrum::evidence
