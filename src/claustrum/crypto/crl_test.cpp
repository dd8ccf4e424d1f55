// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "claustrum/crypto/test_authority.h"

namespace claustrum::crypto {
namespace {

const Authority& authority() {
  static const auto& made = *new Authority;
  return made;
}

TEST(Crl, ReadsWhatWasBuilt) {
  const Crl crl = authority().crl();
  EXPECT_EQ(crl.this_update(), kBegin);
  EXPECT_EQ(crl.next_update(), kEnd);
  EXPECT_EQ(crl.number(), Bytes{4});
  EXPECT_EQ(crl.issuer_der(), authority().root().subject_der());
  EXPECT_EQ(crl.revoked_count(), 3U);
  EXPECT_TRUE(crl.verify_issued_by(authority().root()).ok());
}

TEST(Crl, RevokesExactlyTheListedSerials) {
  const Crl crl = authority().crl();
  EXPECT_TRUE(crl.revokes(Bytes{0x02, 0x00, 0x01}));
  EXPECT_TRUE(crl.revokes(Bytes{0x00, 0x02, 0x00, 0x01}));  // any spelling of the number
  EXPECT_TRUE(crl.revokes(Bytes{9}));
  EXPECT_TRUE(crl.revokes(Bytes(8, 0xff)));
  EXPECT_FALSE(crl.revokes(Bytes{0x02, 0x00, 0x02}));
  EXPECT_FALSE(crl.revokes(Bytes{0}));
  EXPECT_FALSE(crl.revokes({}));
  CrlSpec zero = crl_spec();
  zero.revoked_serials = {0};
  EXPECT_TRUE(authority().crl(zero).revokes(Bytes{0}));
}

TEST(Crl, ListsLongSerialsAndCarriesExtensions) {
  CrlSpec spec = crl_spec();
  spec.long_revoked_serials = {Bytes(20, 0x81)};
  spec.extensions = {{"2.5.29.35", false, Bytes{0x30, 0x03, 0x80, 0x01, 0x05}}};
  const Crl crl = authority().crl(spec);
  EXPECT_EQ(crl.revoked_count(), 4U);
  EXPECT_TRUE(crl.revokes(Bytes(20, 0x81)));
  EXPECT_FALSE(crl.revokes(Bytes(19, 0x81)));
  EXPECT_EQ(crl.number(), Bytes{4});
  EXPECT_TRUE(crl.verify_issued_by(authority().root()).ok());
}

TEST(Crl, MayBeEmpty) {
  CrlSpec spec = crl_spec();
  spec.revoked_serials.clear();
  const Crl crl = authority().crl(spec);
  EXPECT_EQ(crl.revoked_count(), 0U);
  EXPECT_FALSE(crl.revokes(Bytes{9}));
  EXPECT_TRUE(crl.verify_issued_by(authority().root()).ok());
}

TEST(Crl, ChecksTime) {
  const Crl crl = authority().crl();
  EXPECT_TRUE(crl.check_time(kBegin).ok());
  EXPECT_TRUE(crl.check_time(kEnd).ok());
  expect_error(crl.check_time(kBegin + -1), Code::kNotYetValid, "crl.not_yet_valid");
  expect_error(crl.check_time(kEnd + 1), Code::kStale, "crl.stale");
}

TEST(Crl, RefusesAnotherKeyOrName) {
  const Authority impostor;
  expect_error(authority().crl().verify_issued_by(impostor.root()), Code::kBadSignature,
               "crl.signature");
  CrlSpec spec = crl_spec();
  spec.issuer = {{"CN", "Someone"}};
  expect_error(authority().crl(spec).verify_issued_by(authority().root()), Code::kMismatch,
               "crl.issuer");
}

TEST(Crl, RefusesIssuerThatMayNotSignCrls) {
  CertificateSpec spec = root_spec();
  spec.extensions = {{"2.5.29.15", true, kUsageCertSign}};
  expect_error(authority().crl().verify_issued_by(authority().root(spec)), Code::kMismatch,
               "crl.issuer_not_ca");
  spec.extensions = {{"2.5.29.15", true, kUsageBothSigns}};
  EXPECT_TRUE(authority().crl().verify_issued_by(authority().root(spec)).ok());
  spec.extensions.clear();
  spec.ca = std::nullopt;
  expect_error(authority().crl().verify_issued_by(authority().root(spec)), Code::kMismatch,
               "crl.issuer_not_ca");
}

// A list written by hand: version 2, our algorithm, `entries`, `extensions`.
Bytes hand_made(const Bytes& next_update, const Bytes& entries, const Bytes& extensions) {
  const Bytes algorithm = to_bytes(algorithm_identifier(authority().alg));
  const Bytes issuer = authority().root().subject_der();
  const Bytes this_update = tlv(0x17, as_bytes("231114221320Z"));
  const Bytes tbs = tlv(0x30, concat({Bytes{0x02, 0x01, 0x01}, tlv(0x30, algorithm), issuer,
                                      this_update, next_update, entries, extensions}));
  return authority().wrap(tbs, algorithm);
}

const Bytes kOid = {0x06, 0x03, 0x55, 0x1d, 0x1b};  // deltaCRLIndicator
const Bytes kTrue = {0x01, 0x01, 0xff};
const Bytes kValue = {0x04, 0x03, 0x02, 0x01, 0x01};

TEST(Crl, WithoutNextUpdateIsStale) {
  const Crl crl = Crl::parse(hand_made({}, {}, {})).value();
  EXPECT_TRUE(crl.verify_issued_by(authority().root()).ok());
  EXPECT_EQ(crl.next_update(), std::nullopt);
  EXPECT_EQ(crl.number(), std::nullopt);
  expect_error(crl.check_time(kBegin), Code::kStale, "crl.stale");
}

TEST(Crl, RefusesCriticalExtensions) {
  const Bytes critical = tlv(0xa0, tlv(0x30, tlv(0x30, concat({kOid, kTrue, kValue}))));
  expect_error(Crl::parse(hand_made({}, {}, critical)), Code::kUnsupported,
               "crl.critical_extension");
  const Bytes harmless =
      tlv(0xa0, tlv(0x30, tlv(0x30, concat({Bytes{0x06, 0x02, 0x2a, 0x03}, kValue}))));
  EXPECT_TRUE(Crl::parse(hand_made({}, {}, harmless)).ok());
}

TEST(Crl, RefusesCriticalEntryExtensions) {
  const Bytes serial_and_date =
      concat({Bytes{0x02, 0x01, 0x05}, tlv(0x17, as_bytes("231114221320Z"))});
  const Bytes plain = tlv(0x30, tlv(0x30, serial_and_date));
  EXPECT_TRUE(Crl::parse(hand_made({}, plain, {})).value().revokes(Bytes{5}));
  const Bytes issuer_oid = {0x06, 0x03, 0x55, 0x1d, 0x1d};  // certificateIssuer
  const Bytes extension =
      tlv(0x30, tlv(0x30, concat({issuer_oid, kTrue, tlv(0x04, tlv(0x30, {}))})));
  const Bytes indirect = tlv(0x30, tlv(0x30, concat({serial_and_date, extension})));
  expect_error(Crl::parse(hand_made({}, indirect, {})), Code::kUnsupported,
               "crl.critical_extension");
}

// Partial lists mark themselves critical; one that forgets to is no fuller for it.
TEST(Crl, RefusesPartialListsThatDoNotSaySo) {
  for (const std::uint8_t id : Bytes{0x1b, 0x1c}) {  // deltaCRLIndicator, issuingDistributionPoint
    const Bytes extension = concat({Bytes{0x06, 0x03, 0x55, 0x1d, id}, kValue});
    expect_error(Crl::parse(hand_made({}, {}, tlv(0xa0, tlv(0x30, tlv(0x30, extension))))),
                 Code::kUnsupported, "crl.critical_extension");
  }
  const Bytes issuer = {0x06, 0x03, 0x55, 0x1d, 0x1d};  // certificateIssuer
  const Bytes entry = concat({Bytes{0x02, 0x01, 0x05}, tlv(0x17, as_bytes("231114221320Z")),
                              tlv(0x30, tlv(0x30, concat({issuer, tlv(0x04, tlv(0x30, {}))})))});
  expect_error(Crl::parse(hand_made({}, tlv(0x30, tlv(0x30, entry)), {})), Code::kUnsupported,
               "crl.critical_extension");
}

TEST(Crl, RefusesOtherSpellingsOfATime) {
  const auto next = [](std::uint8_t tag, std::string_view time) {
    return Crl::parse(hand_made(tlv(tag, as_bytes(time)), {}, {}));
  };
  EXPECT_TRUE(next(0x17, "271114221320Z").ok());
  EXPECT_TRUE(next(0x18, "20511114221320Z").ok());
  for (const char* bad : {"2711142213Z", "271114221320", "271114221320+0100", "2711142213+0100",
                          "27111422132 Z", "271114221320z", "27111422-320Z"}) {
    expect_error(next(0x17, bad), Code::kMalformed, "x509.der");
  }
  for (const char* bad : {"20511114221320", "205111142213Z", "20511114221320.5Z",
                          "20511114221320+0000", "2051111422132 Z"}) {
    expect_error(next(0x18, bad), Code::kMalformed, "x509.der");
  }
}

TEST(Crl, RefusesEntriesOfAnotherShape) {
  const Bytes date = tlv(0x17, as_bytes("231114221320Z"));
  const auto list = [&](const Bytes& entry) {
    return Crl::parse(hand_made({}, tlv(0x30, tlv(0x30, entry)), {}));
  };
  EXPECT_TRUE(list(concat({Bytes{0x02, 0x02, 0x00, 0x85}, date})).value().revokes(Bytes{0x85}));
  for (const Bytes& serial : {Bytes{0x02, 0x00}, Bytes{0x02, 0x01, 0x85},  // none; negative
                              Bytes{0x02, 0x02, 0x00, 0x05}, Bytes{0x04, 0x01, 0x05}}) {
    expect_error(list(concat({serial, date})), Code::kMalformed, "x509.der");
  }
  const Bytes serial = {0x02, 0x01, 0x05};
  const Bytes no_extensions = {0x30, 0x02, 0x05, 0x00};
  for (const Bytes& entry : {serial, date, concat({serial, date, no_extensions}),
                             concat({serial, date, Bytes{0x05, 0x00}})}) {
    expect_error(list(entry), Code::kMalformed, "x509.der");
  }
  const Bytes whole = tlv(0x30, tlv(0x30, concat({serial, date})));
  expect_error(Crl::parse(hand_made({}, concat({whole, whole}), {})), Code::kMalformed, "x509.der");
  expect_error(Crl::parse(hand_made({}, {}, tlv(0xa0, Bytes{0x05, 0x00}))), Code::kMalformed,
               "x509.der");
}

TEST(Crl, HasVersionTwoOrNone) {
  const Bytes algorithm = to_bytes(algorithm_identifier(authority().alg));
  const auto with_version = [&](const Bytes& version) {
    const Bytes tbs =
        tlv(0x30, concat({version, tlv(0x30, algorithm), authority().root().subject_der(),
                          tlv(0x17, as_bytes("231114221320Z"))}));
    return Crl::parse(authority().wrap(tbs, algorithm));
  };
  EXPECT_TRUE(with_version({}).ok());
  EXPECT_TRUE(with_version({0x02, 0x01, 0x01}).ok());
  expect_error(with_version({0x02, 0x01, 0x00}), Code::kMalformed, "x509.der");
  expect_error(with_version({0x02, 0x01, 0x02}), Code::kMalformed, "x509.der");
}

TEST(Crl, ListsAtMostAHundredThousand) {
  const Bytes entry =
      tlv(0x30, concat({Bytes{0x02, 0x01, 0x05}, tlv(0x17, as_bytes("231114221320Z"))}));
  Bytes entries;
  for (int i = 0; i < 100'000; ++i) {
    append(entries, entry);
  }
  EXPECT_EQ(Crl::parse(hand_made({}, tlv(0x30, entries), {})).value().revoked_count(), 100'000U);
  append(entries, entry);
  expect_error(Crl::parse(hand_made({}, tlv(0x30, entries), {})), Code::kExhausted, "crl.size");
}

TEST(Crl, RefusesBrokenNumber) {
  const Bytes number_oid = {0x06, 0x03, 0x55, 0x1d, 0x14};
  const Bytes one = tlv(0x30, concat({number_oid, tlv(0x04, Bytes{0x02, 0x01, 0x01})}));
  const Bytes broken = tlv(0x30, concat({number_oid, tlv(0x04, Bytes{0x05, 0x00})}));
  EXPECT_TRUE(Crl::parse(hand_made({}, {}, tlv(0xa0, tlv(0x30, one)))).ok());
  expect_error(Crl::parse(hand_made({}, {}, tlv(0xa0, tlv(0x30, concat({one, one}))))),
               Code::kMalformed, "crl.number");
  expect_error(Crl::parse(hand_made({}, {}, tlv(0xa0, tlv(0x30, broken)))), Code::kMalformed,
               "crl.number");
}

TEST(Crl, RefusesEveryPrefixAndTrailingByte) {
  Bytes der = build_crl(crl_spec(), authority().key, authority().alg).value();
  for (std::size_t size = 0; size < der.size(); ++size) {
    expect_error(Crl::parse(BytesView(der).first(size)), Code::kMalformed, "x509.der");
  }
  der.push_back(0);
  expect_error(Crl::parse(der), Code::kMalformed, "x509.der");
  expect_error(Crl::parse(Bytes((4 << 20) + 1)), Code::kExhausted, "crl.size");
}

TEST(Crl, IsNotACertificateNorTheReverse) {
  EXPECT_FALSE(Crl::parse(authority().issue_der()).ok());
  EXPECT_FALSE(
      Certificate::parse(build_crl(crl_spec(), authority().key, authority().alg).value()).ok());
}

TEST(Crl, RefusesEveryFlippedBit) {
  const Certificate root = authority().root();
  Bytes der = build_crl(crl_spec(), authority().key, authority().alg).value();
  for (std::size_t bit = 0; bit < der.size() * 8; ++bit) {
    der[bit / 8] = static_cast<std::uint8_t>(der[bit / 8] ^ (1U << bit % 8));
    const Result<Crl> crl = Crl::parse(der);
    EXPECT_FALSE(crl.ok() && crl->verify_issued_by(root).ok()) << bit;
    der[bit / 8] = static_cast<std::uint8_t>(der[bit / 8] ^ (1U << bit % 8));
  }
}

}  // namespace
}  // namespace claustrum::crypto
