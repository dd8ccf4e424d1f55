// SPDX-License-Identifier: Apache-2.0
// What the simulator measures: a workload's bytes under AMD's launch-digest chain. The value has
// the form of a launch digest; it is that of no real guest [docs/decisions/0005].
#pragma once

#include "claustrum/evidence/snp_launch/digest.h"

namespace claustrum::simulator {

// The workload's bytes as normal pages from address 0; the last page is filled up with zeros.
ByteArray<48> measure_workload(BytesView file);

}  // namespace claustrum::simulator
