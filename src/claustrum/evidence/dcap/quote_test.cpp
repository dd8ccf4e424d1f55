// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/quote.h"

#include <gtest/gtest.h>

#include "claustrum/evidence/dcap/test_scene.h"

namespace claustrum::evidence::dcap {
namespace {

using simulator::QuoteForm;

const simulator::IntelPlatform& platform() {
  static const simulator::IntelPlatform made =
      simulator::IntelPlatform::create(foreign_authority(), test_platform_spec()).value();
  return made;
}

Bytes bytes_of(QuoteForm form) {
  return platform().sign(platform().blank_quote(form));
}

void put_u16(Bytes& at, std::size_t offset, std::uint16_t value) {
  at[offset] = static_cast<std::uint8_t>(value);
  at[offset + 1] = static_cast<std::uint8_t>(value >> 8);
}

void expect_fault(const Bytes& data, Code code, std::string_view reason) {
  const Result<Quote> quote = parse_quote(data);
  ASSERT_FALSE(quote.ok());
  EXPECT_EQ(quote.error().code(), code);
  EXPECT_EQ(quote.error().reason(), reason);
}

void expect_malformed(const Bytes& data) {
  expect_fault(data, Code::kMalformed, "dcap.format");
}

struct Layout {
  QuoteForm form;
  std::size_t report_data;
  std::size_t length_field;
};

// Offsets of Intel's documents, not of this code.
constexpr Layout kLayouts[] = {{QuoteForm::kSgxV3, 368, 432},   {QuoteForm::kSgxV4, 368, 432},
                               {QuoteForm::kTdV4, 568, 632},    {QuoteForm::kSgxV5, 374, 438},
                               {QuoteForm::kTd10V5, 574, 638},  {QuoteForm::kTd15V5, 574, 702},
                               {QuoteForm::kTd15ExV5, 574, 939}};

TEST(DcapQuote, EveryFormHasIntelsLayout) {
  for (const Layout& layout : kLayouts) {
    Quote quote = platform().blank_quote(layout.form);
    std::visit([](auto& body) { body.report_data.fill(0x5a); }, quote.body);
    const Bytes data = platform().sign(quote);
    EXPECT_EQ(Bytes(data.begin() + static_cast<std::ptrdiff_t>(layout.report_data),
                    data.begin() + static_cast<std::ptrdiff_t>(layout.report_data) + 64),
              Bytes(64, 0x5a));
    const std::size_t rest = data.size() - layout.length_field - 4;
    EXPECT_EQ(data[layout.length_field] | data[layout.length_field + 1] << 8, rest);
    const Result<Quote> read = parse_quote(data);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->signed_bytes.size(), layout.length_field);
    EXPECT_EQ(read->report_data(), quote.report_data());
    EXPECT_EQ(read->header.tee, simulator::tee_of(layout.form));
  }
}

TEST(DcapQuote, WhatIsReadIsWhatWasWritten) {
  for (const QuoteForm form : simulator::kQuoteForms) {
    const Bytes data = bytes_of(form);
    const Result<Quote> quote = parse_quote(data);
    ASSERT_TRUE(quote.ok());
    EXPECT_EQ(serialize(*quote), data);
    EXPECT_EQ(serialize_signed_part(quote->header, quote->body_type, quote->body),
              quote->signed_bytes);
    EXPECT_EQ(serialize(quote->qe_report), to_bytes(BytesView(quote->qe_report_raw)));
    EXPECT_EQ(quote->qe_auth_data.size(), 32U);
    EXPECT_EQ(quote->certification_type, kCertPckChain);
  }
}

// A quote whose every byte of the body differs from its neighbours keeps each field in its place.
TEST(DcapQuote, NoFieldOfABodyMovesOrIsDropped) {
  for (const std::size_t len : {kTd10BodyLen, kTd15BodyLen, kTd15ExBodyLen}) {
    Bytes body(len);
    for (std::size_t i = 0; i < len; ++i) {
      body[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
    }
    ByteReader r(body, "body");
    const TdReportBody td = read_td_report_body(r, len);
    ASSERT_TRUE(r.finish().ok());
    EXPECT_EQ(serialize(td), body);
    EXPECT_EQ(td.mr_td[0], body[136]);
    EXPECT_EQ(td.rtmr[3][0], body[472]);
    EXPECT_EQ(td.td15.has_value(), len >= kTd15BodyLen);
    EXPECT_EQ(td.td15ex.has_value(), len == kTd15ExBodyLen);
  }
}

TEST(DcapQuote, EveryPrefixIsMalformed) {
  for (const QuoteForm form : simulator::kQuoteForms) {
    const Bytes data = bytes_of(form);
    for (std::size_t size = 0; size < data.size(); ++size) {
      const Result<Quote> quote = parse_quote(BytesView(data).first(size));
      ASSERT_FALSE(quote.ok()) << size;
      ASSERT_EQ(quote.error().reason(), "dcap.format") << size;
    }
  }
}

TEST(DcapQuote, PaddingIsZerosAndNothingElse) {
  Bytes data = bytes_of(QuoteForm::kTdV4);
  const std::size_t size = data.size();
  data.resize(size + 70);
  const Result<Quote> quote = parse_quote(data);
  ASSERT_TRUE(quote.ok());
  EXPECT_EQ(quote->padding, 70U);
  EXPECT_EQ(serialize(*quote), data);
  data.back() = 1;
  expect_malformed(data);
}

TEST(DcapQuote, RefusesMoreThanItsLimit) {
  Bytes data = bytes_of(QuoteForm::kTdV4);
  data.resize(kMaxQuoteLen);
  EXPECT_TRUE(parse_quote(data).ok());
  data.push_back(0);
  expect_malformed(data);
}

TEST(DcapQuote, RefusesOtherVersionsAndKeys) {
  for (const std::uint16_t version : std::initializer_list<std::uint16_t>{0, 2, 6, 0x300}) {
    Bytes data = bytes_of(QuoteForm::kSgxV3);
    put_u16(data, 0, version);
    expect_fault(data, Code::kUnsupported, "dcap.version");
  }
  for (const std::uint16_t type : std::initializer_list<std::uint16_t>{0, 1, 3}) {
    Bytes data = bytes_of(QuoteForm::kSgxV3);
    put_u16(data, 2, type);
    expect_fault(data, Code::kUnsupported, "dcap.key_type");
  }
}

TEST(DcapQuote, RefusesOtherTees) {
  Bytes data = bytes_of(QuoteForm::kTdV4);
  put_u16(data, 4, 0x82);
  expect_fault(data, Code::kUnsupported, "dcap.tee_type");
  // Reserved in version 3.
  data = bytes_of(QuoteForm::kSgxV3);
  put_u16(data, 4, 0x81);
  expect_fault(data, Code::kMalformed, "dcap.tee_type");
}

TEST(DcapQuote, RefusesBodiesThatAreNotTheirType) {
  Bytes data = bytes_of(QuoteForm::kTd10V5);
  put_u16(data, 48, 5);
  expect_fault(data, Code::kUnsupported, "dcap.body_type");
  put_u16(data, 48, 1);
  expect_fault(data, Code::kMalformed, "dcap.body_type");
  put_u16(data, 48, 2);
  put_u16(data, 50, 648);
  expect_malformed(data);
}

TEST(DcapQuote, AccountsForEveryByteOfTheSignatureData) {
  Quote quote = platform().seal(platform().blank_quote(QuoteForm::kTdV4));
  const std::size_t at = quote.signed_bytes.size();
  // One byte that belongs to no field, behind the inner structure or behind the outer one.
  Bytes data = serialize(quote);
  put_u16(data, at, static_cast<std::uint16_t>(data.size() - at - 4 + 1));
  data.push_back(0);
  expect_malformed(data);
  put_u16(data, at + 4 + 130, static_cast<std::uint16_t>(data.size() - at - 4 - 134));
  expect_malformed(data);
  // Version 4 wraps; version 3 must not.
  data = serialize(quote);
  put_u16(data, at + 4 + 128, kCertPckChain);
  expect_malformed(data);
  quote.certification_type = kCertQeReport;
  expect_malformed(serialize(quote));
}

TEST(DcapQuote, TakesAuthenticationDataOfAnyLength) {
  for (const std::size_t size : std::initializer_list<std::size_t>{0, 1, 1000}) {
    Quote quote = platform().blank_quote(QuoteForm::kSgxV3);
    quote.qe_auth_data = Bytes(size, 3);
    const Result<Quote> read = parse_quote(platform().sign(quote));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->qe_auth_data, quote.qe_auth_data);
  }
}

}  // namespace
}  // namespace claustrum::evidence::dcap
