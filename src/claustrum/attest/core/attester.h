// SPDX-License-Identifier: Apache-2.0
// Producing evidence: the workload's side. An Attester stands for the TEE the process runs in.
#pragma once

#include <map>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::attest {

struct RawEvidence {
  std::string platform;                                  // "amd-sev-snp"
  Bytes evidence;                                        // as the hardware gave it
  std::map<std::string, Bytes, std::less<>> collateral;  // whatever endorsements the host offered
};

class Attester {
 public:
  virtual ~Attester() = default;
  virtual std::string_view platform() const = 0;
  // Thread-safe.
  virtual Result<RawEvidence> collect(const ByteArray<64>& report_data) = 0;
};

}  // namespace claustrum::attest
