// SPDX-License-Identifier: Apache-2.0
// The measured boot of a simulated TD: an event log as virtual firmware, a kernel's EFI stub and a
// guest's agent write it, and the RTMRs that such a boot leaves in the TD's report [Intel TDX
// Virtual Firmware design guide, measurement; UEFI 2.10, 38.4.1]. Whoever takes the log apart,
// changes it and measures it again gets a quote that fits it. Nothing is measured by it.
#pragma once

#include "claustrum/evidence/dcap/report_body.h"
#include "claustrum/evidence/tcg/event_log.h"

namespace claustrum::simulator {

struct TdBootSpec {
  bool secure_boot = true;
  std::string kernel = "simulated kernel";
  std::string command_line = "console=hvc0 root=/dev/vda ro";
  std::string initrd = "simulated initrd";
  std::vector<std::string> agent = {};  // "domain operation content", extended into RTMR 3
};

// CCEL: MR index 1..4 for RTMR 0..3, SHA-384.
evidence::tcg::EventLog td_event_log(const TdBootSpec& spec = {});
// An event whose digest is of `measured`.
evidence::tcg::Event td_event(std::uint32_t index, std::uint32_t type, Bytes data,
                              BytesView measured);
// What extending zeros with the log's digests leaves in each RTMR.
void measure(const evidence::tcg::EventLog& log, evidence::dcap::TdReportBody& td);

}  // namespace claustrum::simulator
