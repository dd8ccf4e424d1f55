// SPDX-License-Identifier: Apache-2.0
// For tests: every byte of authentic evidence and of its collateral changed, every prefix of them
// cut off. Each run of bytes names what must speak against a change in it, so that a byte no
// signature covers cannot hide among those that one does. A fixed sample by default (each field's
// first and last byte in all ways, the rest at a stride); with CLAUSTRUM_LONG set, everything:
// evidence in three ways a byte, collateral in one. For the tests of the platforms' folders.
#pragma once

#include <functional>

#include "claustrum/evidence/core/verification.h"

namespace claustrum::evidence {

using Reasons = std::vector<std::string_view>;

bool sweeps_everything();

struct SweepField {
  std::string name;
  std::size_t size = 0;
  Reasons reasons;  // a factor must fail for one of them
  // Why no signature covers these bytes. Then a change may leave the evidence authentic, with every
  // claim as it was.
  std::string uncovered;
};

struct EvidenceSweep {
  Bytes evidence;                  // authentic as it stands
  std::vector<SweepField> fields;  // side by side, from first byte to last
  std::size_t least = 0;           // shorter prefixes are malformed for `cut_reason`
  std::string_view cut_reason;     // longer ones are another spelling: the claims stay
  std::function<Verification(BytesView)> run;
  std::size_t sample = 200;  // changes besides those at the fields' ends; half as many cuts
};

struct CollateralPart {
  std::string name;
  Reasons reasons;
  bool authenticity = false;  // a change leaves no claims
  // What of the text counts; a change that leaves it the same may pass. None: every byte counts.
  std::function<Bytes(BytesView)> meaning;
};

struct CollateralSweep {
  Collateral collateral;  // under which no factor fails that a part names
  std::vector<CollateralPart> parts;
  std::function<Verification(const Collateral&)> run;
  std::size_t sample = 20;  // changes of each part; half as many cuts
};

struct SweepCount {
  std::size_t things = 0;     // pieces of evidence or collateral
  std::size_t refused = 0;    // changes
  std::size_t uncovered = 0;  // changes that no signature covers: claims unchanged
  std::size_t respelled = 0;  // changes that say the same in other bytes
  std::size_t cuts = 0;       // prefixes refused
  SweepCount& operator+=(const SweepCount& more);
};
std::string describe(const SweepCount& count);

// Stop at the first fault, which is a test failure.
SweepCount expect_no_change_survives(const EvidenceSweep& sweep);
SweepCount expect_no_change_survives(const CollateralSweep& sweep);

// The meaning of a PEM file, or of DER: the contents of its first block.
Bytes first_certificate(BytesView file);

}  // namespace claustrum::evidence
