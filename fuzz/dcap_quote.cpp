// SPDX-License-Identifier: Apache-2.0
// Quotes from anywhere: parsing, display and verification without collateral never fail badly, what
// parses is exactly what writing it again gives, and each quote is one platform's only.
#include "claustrum/base/check.h"
#include "claustrum/evidence/dcap/quote.h"
#include "claustrum/evidence/sgx/verify.h"
#include "claustrum/evidence/tdx/verify.h"

using namespace claustrum;
using namespace claustrum::evidence;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  VerifyInput in;
  in.evidence = input;
  const Verification sgx = sgx::verify(in);
  const Verification tdx = tdx::verify(in);
  CLAUSTRUM_CHECK(!sgx.claims && !tdx.claims && !sgx.unsupported && !tdx.unsupported);
  const Result<dcap::Quote> quote = dcap::parse_quote(input);
  if (!quote.ok()) {
    CLAUSTRUM_CHECK(!sgx.unverified_claims && !tdx.unverified_claims);
    return 0;
  }
  CLAUSTRUM_CHECK(sgx.unverified_claims.has_value() != tdx.unverified_claims.has_value());
  CLAUSTRUM_CHECK(equal(dcap::serialize(*quote), input));
  CLAUSTRUM_CHECK(equal(dcap::serialize_signed_part(quote->header, quote->body_type, quote->body),
                        quote->signed_bytes));
  return 0;
}
