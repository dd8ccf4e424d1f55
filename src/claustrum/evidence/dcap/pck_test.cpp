// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/pck.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "claustrum/codec/hex.h"

namespace claustrum::evidence::dcap {
namespace {

PckExtension sample() {
  PckExtension out;
  out.ppid.fill(0x11);
  for (std::size_t i = 0; i < out.tcb.components.size(); ++i) {
    out.tcb.components[i] = static_cast<std::uint8_t>(i * 17);  // 0 to 255
  }
  out.tcb.pce_svn = 0x8001;
  out.cpu_svn = out.tcb.components;
  out.pce_id = {0, 1};
  out.fmspc = {0x00, 0x80, 0x6f, 0x05, 0, 0};
  out.sgx_type = SgxType::kScalableWithIntegrity;
  out.platform_instance_id.emplace().fill(0x22);
  out.configuration = PckConfiguration{true, false, true};
  return out;
}

void expect_refused(const Bytes& value) {
  const Result<PckExtension> read = parse_pck_extension(value);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code(), Code::kMalformed);
  EXPECT_EQ(read.error().reason(), "dcap.pck.extension");
}

// Replaces the first occurrence of one run of bytes by another of the same length.
Bytes replaced(Bytes in, std::string_view from, std::string_view to) {
  const Bytes a = codec::hex_decode(from).value();
  const Bytes b = codec::hex_decode(to).value();
  const auto at = std::search(in.begin(), in.end(), a.begin(), a.end());
  EXPECT_NE(at, in.end());
  std::copy(b.begin(), b.end(), at);
  return in;
}

TEST(PckExtension, ReadsWhatItWrites) {
  const PckExtension wanted = sample();
  const Result<PckExtension> read = parse_pck_extension(serialize_pck_extension(wanted));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->ppid, wanted.ppid);
  EXPECT_EQ(read->tcb.components, wanted.tcb.components);
  EXPECT_EQ(read->tcb.pce_svn, wanted.tcb.pce_svn);
  EXPECT_EQ(read->cpu_svn, wanted.cpu_svn);
  EXPECT_EQ(read->pce_id, wanted.pce_id);
  EXPECT_EQ(read->fmspc, wanted.fmspc);
  EXPECT_EQ(read->sgx_type, wanted.sgx_type);
  EXPECT_EQ(read->platform_instance_id, wanted.platform_instance_id);
  ASSERT_TRUE(read->configuration.has_value());
  EXPECT_EQ(read->configuration->dynamic_platform, true);
  EXPECT_EQ(read->configuration->cached_keys, false);
  EXPECT_EQ(read->configuration->smt_enabled, true);
}

TEST(PckExtension, TheProcessorCasLeavesHaveNoPlatformInstance) {
  PckExtension wanted = sample();
  wanted.platform_instance_id.reset();
  wanted.configuration.reset();
  const Result<PckExtension> read = parse_pck_extension(serialize_pck_extension(wanted));
  ASSERT_TRUE(read.ok());
  EXPECT_FALSE(read->platform_instance_id.has_value());
  EXPECT_FALSE(read->configuration.has_value());
}

TEST(PckExtension, EveryPrefixIsRefused) {
  const Bytes value = serialize_pck_extension(sample());
  for (std::size_t size = 0; size < value.size(); ++size) {
    ASSERT_FALSE(parse_pck_extension(BytesView(value).first(size)).ok()) << size;
  }
  Bytes longer = value;
  longer.push_back(0);
  expect_refused(longer);
}

TEST(PckExtension, EveryChangedByteIsRefusedOrSeen) {
  const Bytes value = serialize_pck_extension(sample());
  for (std::size_t i = 0; i < value.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes changed = value;
      changed[i] ^= static_cast<std::uint8_t>(1U << bit);
      const Result<PckExtension> read = parse_pck_extension(changed);
      // Nothing in here has two spellings.
      ASSERT_TRUE(!read.ok() || serialize_pck_extension(*read) == changed) << i;
    }
  }
}

TEST(PckExtension, RefusesUnknownRepeatedAndMissingMembers) {
  const Bytes value = serialize_pck_extension(sample());
  const char* fmspc = "2a864886f84d010d0104";
  const char* pce_svn = "2a864886f84d010d010211";
  expect_refused(replaced(value, fmspc, "2a864886f84d010d0108"));
  expect_refused(replaced(value, fmspc, "2a864886f84d010d0103"));
  expect_refused(replaced(value, fmspc, "2a864886f84d010d0204"));
  expect_refused(replaced(value, pce_svn, "2a864886f84d010d010213"));
  expect_refused(replaced(value, pce_svn, "2a864886f84d010d010201"));
  // An empty list of members.
  expect_refused({0x30, 0x00});
  expect_refused({});
}

TEST(PckExtension, RefusesValuesOutsideTheirRange) {
  const Bytes value = serialize_pck_extension(sample());
  expect_refused(replaced(value, "0a0102", "0a0103"));      // an SGX type nobody knows
  expect_refused(replaced(value, "0101ff", "010101"));      // BOOLEAN that is not DER
  expect_refused(replaced(value, "020200ee", "020201ee"));  // a component above 255
  expect_refused(replaced(value, "020111", "020191"));      // a negative one
}

}  // namespace
}  // namespace claustrum::evidence::dcap
