// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp/format.h"

#include <gtest/gtest.h>

#include "claustrum/evidence/snp/details.h"

namespace claustrum::evidence::snp {
namespace {

Report numbered_report(std::uint32_t version) {
  Report out;
  out.version = version;
  out.guest_svn = 7;
  out.policy = 0x3001F;
  out.family_id.fill(1);
  out.image_id.fill(2);
  out.vmpl = 3;
  out.current_tcb = {4, 0, 0, 0, 0, 0, 24, 219};
  out.platform_info = 0x65;
  out.flags = 1;
  out.report_data.fill(3);
  out.measurement.fill(4);
  out.host_data.fill(5);
  out.id_key_digest.fill(6);
  out.author_key_digest.fill(7);
  out.report_id.fill(8);
  out.report_id_ma.fill(9);
  out.reported_tcb = {1, 2, 0, 0, 0, 0, 3, 4};
  out.chip_id.fill(10);
  out.committed_tcb = {2, 2, 0, 0, 0, 0, 3, 4};
  out.current_version = {.build = 40, .minor = 55, .major = 1};
  out.committed_version = {.build = 39, .minor = 55, .major = 1};
  out.launch_tcb = {3, 2, 0, 0, 0, 0, 3, 4};
  if (version >= 3) {
    out.cpuid_family = 0x19;
    out.cpuid_model = 0x11;
    out.cpuid_stepping = 2;
  }
  if (version >= 5) {
    out.launch_mit_vector = 11;
    out.current_mit_vector = 12;
  }
  out.signature.fill(13);
  return out;
}

std::string error_of(BytesView evidence) {
  const Result<Report> parsed = parse_report(evidence);
  return parsed.ok() ? "ok" : std::string(parsed.error().reason());
}

TEST(SnpFormat, RoundTripsEveryVersion) {
  for (std::uint32_t version = 2; version <= 5; ++version) {
    const Bytes bytes = encode_report(numbered_report(version));
    ASSERT_EQ(bytes.size(), kReportLen);
    const Result<Report> parsed = parse_report(bytes);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->raw, bytes);
    EXPECT_EQ(encode_report(*parsed), bytes);
    EXPECT_EQ(parsed->signed_bytes().size(), 672U);
    EXPECT_EQ(parsed->current_version, (FirmwareVersion{.build = 40, .minor = 55, .major = 1}));
    EXPECT_EQ(parsed->cpuid_model, version >= 3 ? 0x11 : 0);
    EXPECT_EQ(parsed->current_mit_vector, version >= 5 ? 12U : 0U);
  }
}

TEST(SnpFormat, FieldsStandAtTheirOffsets) {
  const Bytes bytes = encode_report(numbered_report(5));
  EXPECT_EQ(bytes[0x30], 3);
  EXPECT_EQ(bytes[0x50], 3);
  EXPECT_EQ(bytes[0x90], 4);
  EXPECT_EQ(bytes[0xC0], 5);
  EXPECT_EQ(bytes[0x180], 1);
  EXPECT_EQ(bytes[0x188], 0x19);
  EXPECT_EQ(bytes[0x1A0], 10);
  EXPECT_EQ(bytes[0x1E0], 2);
  EXPECT_EQ(bytes[0x1E8], 40);
  EXPECT_EQ(bytes[0x1F0], 3);
  EXPECT_EQ(bytes[0x1F8], 11);
  EXPECT_EQ(bytes[0x200], 12);
  EXPECT_EQ(bytes[0x2A0], 13);
  EXPECT_EQ(bytes[0x2E8], 13);
}

TEST(SnpFormat, EveryPrefixFailsCleanly) {
  const Bytes bytes = encode_report(numbered_report(5));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(error_of(BytesView(bytes).first(size)), "snp.report.length");
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_EQ(error_of(longer), "snp.report.length");
}

TEST(SnpFormat, UnwrapsIoctlResponses) {
  const Bytes bytes = encode_report(numbered_report(2));
  Bytes response(kIoctlResponseLen);
  response[4] = 0xA0;
  response[5] = 0x04;
  std::copy(bytes.begin(), bytes.end(), response.begin() + kIoctlHeaderLen);
  const Result<Report> parsed = parse_report(response);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->raw, bytes);
  for (const std::size_t at : {0U, 3U, 4U, 7U, 8U, 31U}) {
    Bytes broken = response;
    broken[at] ^= 1;
    EXPECT_EQ(error_of(broken), "snp.report.ioctl") << at;
  }
}

TEST(SnpFormat, ReservedBytesOfKnownVersionsAreZero) {
  struct Range {
    std::uint32_t version;
    std::size_t from;
    std::size_t to;
  };
  const Range reserved[] = {{2, 0x04C, 0x050}, {2, 0x188, 0x1A0}, {2, 0x1EB, 0x1EC},
                            {2, 0x1EF, 0x1F0}, {2, 0x1F8, 0x2A0}, {3, 0x18B, 0x1A0},
                            {3, 0x1F8, 0x2A0}, {4, 0x1F8, 0x2A0}, {5, 0x18B, 0x1A0},
                            {5, 0x208, 0x2A0}, {5, 0x2D0, 0x2E8}, {5, 0x318, 0x4A0}};
  for (const Range& range : reserved) {
    const Bytes bytes = encode_report(numbered_report(range.version));
    for (std::size_t at = range.from; at < range.to; ++at) {
      Bytes broken = bytes;
      broken[at] = 0x80;
      ASSERT_EQ(error_of(broken), "snp.report.layout") << range.version << " " << at;
    }
  }
  Bytes flags = encode_report(numbered_report(5));
  flags[0x48] |= 0x20;
  EXPECT_EQ(error_of(flags), "snp.report.layout");
}

TEST(SnpFormat, UnknownVersionsKeepTheirReservedBytes) {
  Report report = numbered_report(6);
  Bytes bytes = encode_report(report);
  bytes[0x208] = 1;
  ASSERT_EQ(error_of(bytes), "ok");
}

TEST(SnpFormat, TcbLayoutsDiffer) {
  const TcbRaw raw = {1, 2, 3, 4, 5, 6, 7, 8};
  const Tcb milan = decode_tcb(raw, TcbLayout::kMilan);
  EXPECT_EQ(milan.bootloader, 1);
  EXPECT_EQ(milan.tee, 2);
  EXPECT_EQ(milan.reserved, (ByteArray<4>{3, 4, 5, 6}));
  EXPECT_EQ(milan.snp, 7);
  EXPECT_EQ(milan.microcode, 8);
  const Tcb turin = decode_tcb(raw, TcbLayout::kTurin);
  EXPECT_EQ(turin.fmc, 1);
  EXPECT_EQ(turin.bootloader, 2);
  EXPECT_EQ(turin.tee, 3);
  EXPECT_EQ(turin.snp, 4);
  EXPECT_EQ(turin.reserved, (ByteArray<4>{0, 5, 6, 7}));
  EXPECT_EQ(turin.microcode, 8);
  EXPECT_EQ(encode_tcb(milan, TcbLayout::kMilan), raw);
  EXPECT_EQ(encode_tcb(turin, TcbLayout::kTurin), raw);
}

TEST(SnpFormat, TcbsAreComparedByComponent) {
  const TcbRaw low = {3, 0, 0, 0, 0, 0, 8, 115};
  EXPECT_TRUE(tcb_at_most(low, low));
  for (std::size_t i = 0; i < low.size(); ++i) {
    TcbRaw high = low;
    high[i] += 1;
    EXPECT_TRUE(tcb_at_most(low, high));
    EXPECT_FALSE(tcb_at_most(high, low));
  }
  // As one integer this would be "at most".
  EXPECT_FALSE(tcb_at_most({4, 0, 0, 0, 0, 0, 8, 115}, {3, 0, 0, 0, 0, 0, 8, 220}));
}

TEST(SnpFormat, ProductByCpuid) {
  EXPECT_EQ(product_of_cpuid(0x19, 0x00), "Milan");
  EXPECT_EQ(product_of_cpuid(0x19, 0x0F), "Milan");
  EXPECT_EQ(product_of_cpuid(0x19, 0x10), "Genoa");
  EXPECT_EQ(product_of_cpuid(0x19, 0x1F), "Genoa");
  EXPECT_EQ(product_of_cpuid(0x19, 0xA0), "Genoa");
  EXPECT_EQ(product_of_cpuid(0x19, 0xB0), "unknown");
  EXPECT_EQ(product_of_cpuid(0x1A, 0x02), "Turin");
  EXPECT_EQ(product_of_cpuid(0x1A, 0x11), "Turin");
  EXPECT_EQ(product_of_cpuid(0x1A, 0x12), "unknown");
  EXPECT_EQ(product_of_cpuid(0x1A, 0x50), "Venice");
  EXPECT_EQ(product_of_cpuid(0x17, 0x01), "unknown");
}

TEST(SnpFormat, BeforeVersion3OnlyTheChipIdTellsTurin) {
  Report report = numbered_report(2);
  EXPECT_EQ(product_inferred(report), "Milan-or-Genoa (v2: not in report)");
  EXPECT_EQ(layout_inferred(report), TcbLayout::kMilan);
  std::fill(report.chip_id.begin() + 8, report.chip_id.end(), std::uint8_t{0});
  EXPECT_EQ(product_inferred(report), "Turin");
  EXPECT_EQ(layout_inferred(report), TcbLayout::kTurin);
  report.chip_id.fill(0);
  EXPECT_EQ(layout_inferred(report), TcbLayout::kMilan);
}

TEST(SnpDetails, NamesTheSigningKey) {
  Report report = numbered_report(5);
  const std::pair<std::uint32_t, const char*> names[] = {
      {0U, "VCEK"}, {1U, "VLEK"}, {7U, "NONE"}, {3U, "reserved 3"}};
  for (const auto& [key, name] : names) {
    report.flags = key << 2;
    EXPECT_EQ(
        report_details(report, TcbLayout::kMilan).find("flags")->find("signing_key")->string(),
        name);
  }
}

TEST(SnpDetails, TurinLevelsCarryFmc) {
  const Report report = numbered_report(5);
  EXPECT_EQ(tcb_levels(report, TcbLayout::kTurin).at("fmc"), 1);
  EXPECT_FALSE(tcb_levels(report, TcbLayout::kMilan).contains("fmc"));
}

}  // namespace
}  // namespace claustrum::evidence::snp
