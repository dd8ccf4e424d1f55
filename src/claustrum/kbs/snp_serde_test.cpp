// SPDX-License-Identifier: Apache-2.0
#include "claustrum/kbs/snp_serde.h"

#include <filesystem>
#include <fstream>

#include "claustrum/codec/hex.h"
#include "claustrum/crypto/test_vectors.h"
#include "claustrum/kbs/test_report.h"

namespace claustrum::kbs {
namespace {

using codec::Json;
using evidence::snp::TcbLayout;
using test::full_report;
using test::serde_of;
using test::SerdeForm;

constexpr SerdeForm kForms[] = {SerdeForm::kRaw, SerdeForm::kNamed,
                                SerdeForm::kNamedWithMitVectors};

void expect_refused(const Json& report, std::string_view reason = "kbs.snp_serde") {
  const auto raw = snp_report_from_serde(report);
  ASSERT_FALSE(raw.ok());
  EXPECT_EQ(raw.error().code(), Code::kMalformed);
  EXPECT_EQ(raw.error().reason(), reason) << raw.error().message();
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// {"raw": hex, "crate": ..., "serde": {...}}: reports of simulated machines as the crate wrote
// them.
TEST(SnpSerde, WhatTheCrateWroteIsTheReportAgain) {
  std::size_t seen = 0;
  const std::string folder = CLAUSTRUM_SOURCE_DIR "/src/claustrum/kbs/testdata";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const Json file = *codec::parse_json(text_of(entry.path()));
    const auto raw = snp_report_from_serde(*file.find("serde"));
    ASSERT_TRUE(raw.ok()) << entry.path() << raw.error().message();
    EXPECT_EQ(codec::hex_encode(*raw), *file.string_at("raw")) << entry.path();
    ++seen;
  }
  EXPECT_EQ(seen, 4U);
}

TEST(SnpSerde, EveryVersionInEveryFormIsTheReportAgain) {
  for (const std::uint32_t version : {2U, 3U, 4U, 5U}) {
    const Bytes milan = full_report("Milan", version);
    for (const SerdeForm form : kForms) {
      if (version < 5 || form != SerdeForm::kNamed) {  // no crate of that form reads version 5
        EXPECT_EQ(*snp_report_from_serde(serde_of(milan, form, TcbLayout::kMilan)), milan);
      }
    }
  }
  const Bytes turin = full_report("Turin", 5);
  EXPECT_EQ(*snp_report_from_serde(serde_of(turin, SerdeForm::kRaw, TcbLayout::kTurin)), turin);
  EXPECT_EQ(
      *snp_report_from_serde(serde_of(turin, SerdeForm::kNamedWithMitVectors, TcbLayout::kTurin)),
      turin);
}

TEST(SnpSerde, RecordedReportsComeBackByteForByte) {
  std::size_t seen = 0;
  const std::filesystem::path folder = crypto::shared_path("evidence");
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "no recorded evidence";
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("snp-v") || name.starts_with("snp-v1")) {
      continue;
    }
    const Bytes raw = to_bytes(text_of(entry.path() / "evidence.bin"));
    ASSERT_EQ(raw.size(), 1184U) << name;
    const TcbLayout layout =
        name.find("turin") == std::string::npos ? TcbLayout::kMilan : TcbLayout::kTurin;
    for (const SerdeForm form : {SerdeForm::kRaw, SerdeForm::kNamedWithMitVectors}) {
      EXPECT_EQ(*snp_report_from_serde(serde_of(raw, form, layout)), raw) << name;
    }
    ++seen;
  }
  EXPECT_GE(seen, 10U);
}

TEST(SnpSerde, EveryMemberIsNeededAndNoOtherIsTaken) {
  const Bytes raw = full_report("Milan", 5);
  for (const SerdeForm form : {SerdeForm::kRaw, SerdeForm::kNamedWithMitVectors}) {
    const Json whole = serde_of(raw, form, TcbLayout::kMilan);
    for (const auto& [name, value] : whole.members()) {
      Json changed = whole;
      changed.set(name, "text");
      EXPECT_FALSE(snp_report_from_serde(changed).ok()) << name;
      Json::Object rest;
      for (const auto& member : whole.members()) {
        if (member.first != name) {
          rest.push_back(member);
        }
      }
      EXPECT_FALSE(snp_report_from_serde(Json::object(std::move(rest))).ok()) << name;
    }
    Json more = whole;
    more.set("new_field", 1);
    expect_refused(more, "json.unknown_member");
  }
}

TEST(SnpSerde, ArraysHaveTheirLengthAndHoldBytes) {
  const Json whole = serde_of(full_report("Milan", 3), SerdeForm::kNamed, TcbLayout::kMilan);
  Json changed = whole;
  changed.set("measurement", test::number_array(Bytes(47, 1)));
  expect_refused(changed);
  changed.set("measurement", test::number_array(Bytes(49, 1)));
  expect_refused(changed);
  for (const Json& no_byte : {Json(256), Json(-1), Json("1"), Json()}) {
    Json array = test::number_array(Bytes(47, 1));
    array.push(no_byte);
    changed.set("measurement", array);
    expect_refused(changed);
  }
}

TEST(SnpSerde, NumbersFitTheirFields) {
  const Json whole = serde_of(full_report("Milan", 3), SerdeForm::kNamed, TcbLayout::kMilan);
  for (const char* name : {"version", "guest_svn", "vmpl", "sig_algo", "key_info"}) {
    Json changed = whole;
    changed.set(name, std::int64_t{0x1'0000'0000});
    expect_refused(changed);
    changed.set(name, -1);
    expect_refused(changed);
    changed.set(name, std::int64_t{0xFFFF'FFFF});
    EXPECT_TRUE(snp_report_from_serde(changed).ok());
  }
  Json changed = whole;
  changed.set("cpuid_step", 256);
  expect_refused(changed);
  changed = whole;
  changed.set("policy", -1);
  expect_refused(changed);
}

TEST(SnpSerde, InnerObjectsAreStrictToo) {
  const Json whole =
      serde_of(full_report("Turin", 5), SerdeForm::kNamedWithMitVectors, TcbLayout::kTurin);
  for (const char* name : {"current_tcb", "current", "signature"}) {
    Json inner = *whole.object_at(name);
    inner.set("more", 1);
    Json changed = whole;
    changed.set(name, inner);
    expect_refused(changed);
    changed.set(name, Json::array());
    expect_refused(changed);
  }
  Json tcb = *whole.object_at("launch_tcb");
  tcb.set("fmc", 256);
  Json changed = whole;
  changed.set("launch_tcb", tcb);
  expect_refused(changed);
}

// A form half old, half new is none.
TEST(SnpSerde, FormsDoNotMix) {
  Json mixed = serde_of(full_report("Milan", 3), SerdeForm::kNamed, TcbLayout::kMilan);
  mixed.set("_reserved_4", test::number_array(Bytes(168, 0)));
  expect_refused(mixed, "json.unknown_member");
  expect_refused(Json::object());
  expect_refused(Json("report"), "json.unknown_member");
}

}  // namespace
}  // namespace claustrum::kbs
