// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/core/test_sweep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "claustrum/codec/pem.h"

namespace claustrum::evidence {
namespace {

constexpr std::size_t kWays = 3;

// The lowest bit, the highest bit, another value. 'A' is a letter of base64 and of hexadecimal, so
// that text stays text and the change reaches what is behind the decoder.
std::uint8_t changed(std::uint8_t byte, std::size_t way) {
  switch (way) {
    case 0:
      return byte ^ 0x01;
    case 1:
      return byte ^ 0x80;
    default:
      return byte == 'A' ? 'B' : 'A';
  }
}

struct Change {
  std::size_t at = 0;
  std::size_t way = 0;
};

// A stride over positions and ways that visits all ways alike; all of them in long runs.
std::vector<Change> spread(std::size_t size, std::size_t sample) {
  std::vector<Change> out;
  const std::size_t all = size * kWays;
  std::size_t step =
      sweeps_everything() || sample == 0 ? 1 : std::max<std::size_t>(all / sample, 1);
  step += step > 1 && step % kWays == 0 ? 1 : 0;
  for (std::size_t i = step / 2; i < all; i += step) {
    out.push_back({i / kWays, i % kWays});
  }
  return out;
}

// Collateral is three times the evidence: in long runs every byte once, in turn.
std::vector<Change> spread_over_part(std::size_t size, std::size_t sample) {
  if (!sweeps_everything()) {
    return spread(size, sample);
  }
  std::vector<Change> out;
  for (std::size_t at = 0; at < size; ++at) {
    out.push_back({at, at % kWays});
  }
  return out;
}

std::vector<std::size_t> cut_sizes(std::size_t size, std::size_t sample) {
  std::vector<std::size_t> out;
  const std::size_t step = sweeps_everything() ? 1 : std::max<std::size_t>(size * 2 / sample, 1);
  for (std::size_t at = 0; at < size; at += step) {
    out.push_back(at);
  }
  if (size > 0) {
    out.push_back(size - 1);
  }
  return out;
}

bool fails_for(const Verification& v, const Reasons& reasons) {
  return std::ranges::any_of(v.factors.list(), [&](const Factor& factor) {
    return factor.status == FactorStatus::kFail &&
           std::ranges::find(reasons, factor.reason) != reasons.end();
  });
}

std::string failures(const Verification& v) {
  std::string out;
  for (const Factor& factor : v.factors.list()) {
    if (factor.status == FactorStatus::kFail) {
      out += " " + factor.id + "=" + factor.reason;
    }
  }
  return out.empty() ? " nothing failed" : out;
}

bool same_claims(const Verification& a, const Verification& b) {
  if (!a.claims || !b.claims) {
    return false;
  }
  const Claims& x = **a.claims;
  const Claims& y = **b.claims;
  return x.measurements == y.measurements && x.report_data == y.report_data &&
         x.host_data == y.host_data && x.tcb == y.tcb && x.hardware_id == y.hardware_id &&
         x.debug == y.debug && x.provider == y.provider && x.details == y.details;
}

void check_change(const EvidenceSweep& sweep, const Verification& good, const SweepField& field,
                  std::size_t start, Change change, SweepCount& count) {
  Bytes evidence = sweep.evidence;
  std::uint8_t& byte = evidence[start + change.at];
  byte = changed(byte, change.way);
  const Verification v = sweep.run(evidence);
  if (!field.uncovered.empty() && v.claims) {
    ASSERT_TRUE(same_claims(v, good)) << field.name << " at " << change.at;
    ++count.uncovered;
    return;
  }
  ASSERT_FALSE(v.claims.has_value()) << field.name << " at " << change.at << " way " << change.way;
  ASSERT_TRUE(fails_for(v, field.reasons))
      << field.name << " at " << change.at << " way " << change.way << ":" << failures(v);
  ++count.refused;
}

void check_field(const EvidenceSweep& sweep, const Verification& good, const SweepField& field,
                 std::size_t start, SweepCount& count) {
  if (field.size == 0) {
    return;
  }
  const std::size_t share = sweep.sample * field.size / sweep.evidence.size();
  std::vector<Change> changes;
  if (share > 0 || sweeps_everything()) {
    changes = spread(field.size, share);
  }
  if (!sweeps_everything()) {
    for (std::size_t way = 0; way < kWays; ++way) {
      changes.push_back({0, way});
      changes.push_back({field.size - 1, way});
    }
  }
  for (const Change& change : changes) {
    ASSERT_NO_FATAL_FAILURE(check_change(sweep, good, field, start, change, count));
  }
}

void check_cuts(const EvidenceSweep& sweep, const Verification& good, SweepCount& count) {
  std::vector<std::size_t> sizes = cut_sizes(sweep.evidence.size(), sweep.sample);
  sizes.push_back(sweep.least - 1);
  for (const std::size_t size : sizes) {
    const Verification v = sweep.run(BytesView(sweep.evidence).first(size));
    if (size >= sweep.least) {
      ASSERT_TRUE(same_claims(v, good)) << "cut to " << size << failures(v);
      ++count.respelled;
      continue;
    }
    ASSERT_TRUE(v.malformed && !v.claims && !v.unverified_claims) << "cut to " << size;
    ASSERT_TRUE(fails_for(v, {sweep.cut_reason})) << "cut to " << size << failures(v);
    ++count.cuts;
  }
}

void check_evidence(const EvidenceSweep& sweep, SweepCount& count) {
  const Verification good = sweep.run(sweep.evidence);
  ASSERT_TRUE(good.claims.has_value()) << failures(good);
  std::size_t at = 0;
  for (const SweepField& field : sweep.fields) {
    ASSERT_LE(at + field.size, sweep.evidence.size()) << field.name;
    ASSERT_NO_FATAL_FAILURE(check_field(sweep, good, field, at, count));
    at += field.size;
  }
  ASSERT_EQ(at, sweep.evidence.size()) << "bytes that no field names";
  check_cuts(sweep, good, count);
}

void check_collateral(const CollateralSweep& sweep, const CollateralPart& part,
                      const Bytes& changed, const std::string& what, std::size_t& refused,
                      SweepCount& count) {
  Collateral all = sweep.collateral;
  all[part.name] = changed;
  const Verification v = sweep.run(all);
  if (fails_for(v, part.reasons) && !(part.authenticity && v.claims)) {
    ++refused;
    return;
  }
  const Bytes& before = sweep.collateral.find(part.name)->second;
  ASSERT_TRUE(part.meaning && part.meaning(changed) == part.meaning(before))
      << part.name << " " << what << ":" << failures(v);
  ++count.respelled;
}

void check_part(const CollateralSweep& sweep, const CollateralPart& part, SweepCount& count) {
  const auto given = sweep.collateral.find(part.name);
  ASSERT_NE(given, sweep.collateral.end()) << part.name;
  const Bytes& file = given->second;
  for (const Change& change : spread_over_part(file.size(), sweep.sample)) {
    Bytes other = file;
    other[change.at] = changed(other[change.at], change.way);
    const std::string what =
        "at " + std::to_string(change.at) + " way " + std::to_string(change.way);
    ASSERT_NO_FATAL_FAILURE(check_collateral(sweep, part, other, what, count.refused, count));
  }
  for (const std::size_t size : cut_sizes(file.size(), sweep.sample)) {
    const Bytes cut = to_bytes(BytesView(file).first(size));
    ASSERT_NO_FATAL_FAILURE(
        check_collateral(sweep, part, cut, "cut to " + std::to_string(size), count.cuts, count));
  }
  ++count.things;
}

}  // namespace

bool sweeps_everything() {
  const char* value = std::getenv("CLAUSTRUM_LONG");
  return value != nullptr && *value != '\0';
}

SweepCount& SweepCount::operator+=(const SweepCount& more) {
  things += more.things;
  refused += more.refused;
  uncovered += more.uncovered;
  respelled += more.respelled;
  cuts += more.cuts;
  return *this;
}

std::string describe(const SweepCount& count) {
  return std::to_string(count.things) + " swept" + (sweeps_everything() ? ", all of it: " : ": ") +
         std::to_string(count.refused) + " changes refused, " + std::to_string(count.uncovered) +
         " not covered by a signature, " + std::to_string(count.respelled) + " other spellings, " +
         std::to_string(count.cuts) + " prefixes refused";
}

SweepCount expect_no_change_survives(const EvidenceSweep& sweep) {
  SweepCount count;
  check_evidence(sweep, count);
  count.things = 1;
  return count;
}

SweepCount expect_no_change_survives(const CollateralSweep& sweep) {
  SweepCount count;
  const Verification good = sweep.run(sweep.collateral);
  EXPECT_TRUE(good.claims.has_value());
  for (const CollateralPart& part : sweep.parts) {
    EXPECT_FALSE(fails_for(good, part.reasons)) << part.name << failures(good);
    check_part(sweep, part, count);
    if (::testing::Test::HasFatalFailure()) {
      break;
    }
  }
  return count;
}

Bytes first_certificate(BytesView file) {
  if (!codec::looks_like_pem(file)) {
    return to_bytes(file);
  }
  const Result<std::vector<codec::PemBlock>> blocks = codec::pem_decode(file);
  return blocks.ok() ? blocks->front().der : Bytes();
}

}  // namespace claustrum::evidence
