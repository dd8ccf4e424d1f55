// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/test_sweep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "claustrum/codec/hex.h"
#include "claustrum/evidence/dcap/chain.h"
#include "claustrum/evidence/dcap/signed_json.h"

namespace claustrum::evidence::dcap {
namespace {

// About how many changes a program makes when it does not make all of them.
constexpr std::size_t kEvidenceSample = 700;
constexpr std::size_t kCollateralSample = 600;

const Reasons kLayout = {"dcap.format"};
const Reasons kSigned = {"dcap.signature.invalid"};
const Reasons kQeReport = {"dcap.qe_report.signature"};
const Reasons kBinding = {"dcap.qe_binding.key"};
const Reasons kChain = {"dcap.chain.pem",     "dcap.chain.certificate", "dcap.chain.shape",
                        "dcap.pck.extension", "dcap.root.untrusted",    "dcap.chain.signature"};

std::vector<SweepField> header_fields(const Quote& q) {
  std::vector<SweepField> out = {
      {"version", 2, {"dcap.version", "dcap.format", "dcap.body_type", "dcap.tee_type"}, {}},
      {"attestation key type", 2, {"dcap.key_type"}, {}},
      {"TEE type", 4, {"dcap.tee_type", "dcap.format", "dcap.body_type"}, {}},
      {"QE SVN, PCE SVN", 4, kSigned, {}},
      {"QE vendor", 16, {"dcap.qe_vendor"}, {}},
      {"user data", 20, kSigned, {}}};
  if (q.header.version >= 5) {
    out.push_back({"body type", 2, {"dcap.body_type", "dcap.format"}, {}});
    out.push_back({"body size", 4, kLayout, {}});
  }
  const std::size_t before = kHeaderLen + (q.header.version >= 5 ? 6U : 0U);
  out.push_back({"body", q.signed_bytes.size() - before, kSigned, {}});
  return out;
}

SweepField certification_field(const Quote& q) {
  if (q.certification_type == kCertPckChain) {
    return {"certification data", q.certification_data.size(), kChain, {}};
  }
  return {"certification data",
          q.certification_data.size(),
          {},
          "it only names a PCK certificate; the chain comes from elsewhere and stands on its own"};
}

Bytes chain_meaning(BytesView pem) {
  const Result<std::vector<Bytes>> ders = split_pem_chain(pem);
  Bytes out;
  for (const Bytes& der : ders.ok() ? *ders : std::vector<Bytes>()) {
    append(out, der);
  }
  return out;
}

Bytes hex_meaning(BytesView text) {
  std::string_view hex = as_text(text);
  while (!hex.empty() && hex.find_last_of(" \t\r\n") == hex.size() - 1) {
    hex.remove_suffix(1);
  }
  return codec::hex_decode(hex.substr(std::min(hex.find_first_not_of(" \t\r\n"), hex.size())))
      .value();
}

std::vector<CollateralPart> parts_of(const Collateral& collateral) {
  const Reasons document = {"dcap.collateral.signature", "dcap.collateral.answer",
                            "dcap.collateral.unsigned"};
  const Reasons signature = {"dcap.collateral.signature_form", "dcap.collateral.signature"};
  const Reasons issuer = {"dcap.collateral.issuer_chain", "dcap.collateral.signer_name",
                          "dcap.collateral.signer_usage", "dcap.collateral.critical",
                          "dcap.collateral.signer",       "dcap.collateral.signature"};
  const Reasons crl = {"dcap.crl.malformed", "dcap.crl.issuer", "dcap.crl.signature",
                       "dcap.crl.missing"};
  std::vector<CollateralPart> out;
  // Only the signer's certificate counts in an issuer chain; the root is the one above the quote.
  for (const DocumentKind& kind : {kTcbInfoKind, kQeIdentityKind}) {
    out.push_back({std::string(kind.name), document, false, nullptr});
    out.push_back({std::string(kind.signature), signature, false, hex_meaning});
    out.push_back({std::string(kind.issuer_chain), issuer, false, first_certificate});
  }
  out.push_back({"pck_crl", crl, false, nullptr});
  out.push_back({"root_ca_crl", crl, false, nullptr});
  out.push_back({"pck_chain", kChain, true, chain_meaning});
  std::erase_if(out, [&](const CollateralPart& p) { return !collateral.contains(p.name); });
  return out;
}

// `input` but for evidence and collateral.
struct Subject {
  VerifyInput input;
  Bytes evidence;
  Collateral collateral;
};

void sweep(const Subject& s, const Verify& verify, std::size_t subjects, SweepCount& evidence,
           SweepCount& collateral) {
  const auto run = [&](BytesView quote, const Collateral& given) {
    VerifyInput in = s.input;
    in.evidence = quote;
    in.collateral = &given;
    return verify(in);
  };
  const Quote quote = parse_quote(s.evidence).value();
  EvidenceSweep quotes;
  quotes.evidence = s.evidence;
  quotes.fields = quote_fields(quote);
  quotes.least = s.evidence.size() - quote.padding;
  quotes.cut_reason = "dcap.format";
  quotes.run = [&](BytesView data) { return run(data, s.collateral); };
  quotes.sample = std::max<std::size_t>(kEvidenceSample / subjects, 20);
  evidence += expect_no_change_survives(quotes);
  CollateralSweep documents;
  documents.collateral = s.collateral;
  documents.parts = parts_of(s.collateral);
  documents.run = [&](const Collateral& given) { return run(s.evidence, given); };
  documents.sample = std::max<std::size_t>(
      kCollateralSample / subjects / std::max<std::size_t>(documents.parts.size(), 1), 4);
  collateral += expect_no_change_survives(documents);
}

// Zeros behind a quote are how some providers hand it over; anything else is somebody's message.
void expect_zero_padding_only(const Subject& s, const Verify& verify) {
  const auto run = [&](BytesView quote) {
    VerifyInput in = s.input;
    in.evidence = quote;
    in.collateral = &s.collateral;
    return verify(in);
  };
  const Verification good = run(s.evidence);
  for (const std::size_t more : std::initializer_list<std::size_t>{1, 70, 307, 3065}) {
    Bytes longer = s.evidence;
    longer.resize(longer.size() + more);
    const Verification v = run(longer);
    ASSERT_TRUE(v.claims.has_value()) << more;
    EXPECT_EQ((*v.claims)->details, (*good.claims)->details);
    for (const std::size_t at : {s.evidence.size(), longer.size() - 1}) {
      Bytes bad = longer;
      bad[at] = 1;
      EXPECT_EQ(reason_of(run(bad), "format"), "dcap.format") << more << " " << at;
    }
  }
  Bytes longest = s.evidence;
  longest.resize(kMaxQuoteLen + 1);
  EXPECT_EQ(reason_of(run(longest), "format"), "dcap.format");
}

}  // namespace

std::vector<SweepField> quote_fields(const Quote& q) {
  std::vector<SweepField> out = header_fields(q);
  out.push_back({"signature data length", 4, kLayout, {}});
  out.push_back({"signature", 64, kSigned, {}});
  out.push_back({"attestation key", 64, kBinding, {}});
  if (q.header.version != 3) {
    out.push_back({"outer certification data type and length", 6, kLayout, {}});
  }
  out.push_back({"QE report", kSgxBodyLen, kQeReport, {}});
  out.push_back({"QE report signature", 64, kQeReport, {}});
  out.push_back({"authentication data length", 2, kLayout, {}});
  out.push_back({"authentication data", q.qe_auth_data.size(), kBinding, {}});
  SweepField type = {"certification data type",
                     2,
                     {"dcap.chain.missing", "dcap.chain.certification_type", "dcap.format"},
                     {}};
  if (q.certification_type != kCertPckChain) {
    type.reasons.push_back("dcap.chain.pem");
    type.uncovered = "another way to name the certificate that is given";
  }
  out.push_back(type);
  out.push_back({"certification data length", 4, kLayout, {}});
  out.push_back(certification_field(q));
  out.push_back({"padding", q.padding, kLayout, {}});
  return out;
}

void sweep_cases(std::string_view platform, const Verify& verify) {
  std::vector<CaseFolder> folders = cases_of({platform});
  if (folders.empty()) {
    GTEST_SKIP() << "no evidence beside the tree";
  }
  std::erase_if(folders, [&](const CaseFolder& folder) {
    return !run_case(folder.loaded, verify).claims.has_value() ||
           folder.file.string_at("expect").value() != "pass";
  });
  SweepCount evidence;
  SweepCount collateral;
  for (const CaseFolder& folder : folders) {
    SCOPED_TRACE(folder.name);
    IssuerCache cache;
    Subject subject{{}, folder.loaded.evidence, folder.loaded.collateral};
    subject.input.now = folder.loaded.verify_at;
    subject.input.issuers = &cache;
    sweep(subject, verify, folders.size(), evidence, collateral);
    if (::testing::Test::HasFatalFailure()) {
      return;
    }
  }
  EXPECT_GT(evidence.things, 0U);
  EXPECT_EQ(evidence.uncovered, 0U);
  std::cout << "| " << platform << " quotes: " << describe(evidence) << "\n"
            << "| " << platform << " collateral: " << describe(collateral) << "\n";
}

void sweep_simulated(std::initializer_list<simulator::QuoteForm> forms, const Verify& verify) {
  SweepCount evidence;
  SweepCount collateral;
  for (const simulator::QuoteForm form : forms) {
    SCOPED_TRACE(static_cast<int>(form));
    IssuerCache cache;
    Scene scene(form, verify);
    scene.issuers = &cache;
    Subject subject{scene.input({}), scene.platform.sign(scene.quote), scene.collateral};
    sweep(subject, verify, 2 * forms.size(), evidence, collateral);
    expect_zero_padding_only(subject, verify);
    // The same with the chain beside the quote.
    subject.collateral["pck_chain"] = scene.quote.certification_data;
    scene.quote.certification_type = kCertPpidRsa3072;
    scene.quote.certification_data = Bytes(404, 7);
    subject.evidence = scene.platform.sign(scene.quote);
    sweep(subject, verify, 2 * forms.size(), evidence, collateral);
    if (::testing::Test::HasFatalFailure()) {
      return;
    }
  }
  std::cout << "| simulated quotes: " << describe(evidence) << "\n"
            << "| simulated collateral: " << describe(collateral) << "\n";
}

}  // namespace claustrum::evidence::dcap
