// SPDX-License-Identifier: Apache-2.0
// From an event log to the registers it claims, and from signed registers back to the events that
// they prove [TCG PC Client Platform Firmware Profile, "PCR usage"; UEFI 2.10, 38.4.1]. A register
// is H(register || digest) over its events; whoever knows the signed value knows that exactly these
// digests were extended in this order, and nothing more: an event's type and data are the log's
// word, see events.h.
#pragma once

#include <map>
#include <set>

#include "claustrum/crypto/hash.h"
#include "claustrum/evidence/tcg/event_log.h"

namespace claustrum::evidence::tcg {

enum class RegisterKind {
  kTpmPcr,   // index is the PCR, 0..23
  kTdxRtmr,  // index 1..4 is RTMR 0..3; index 0 is MRTD, which nothing extends after launch
};

// By PCR or RTMR number.
using Registers = std::map<std::uint32_t, Bytes>;

// The bank's TPM_ALG_ID.
std::uint16_t algorithm_id(crypto::HashAlg alg);

// Every register that an event extends, and no other. EV_NO_ACTION extends nothing; on PCR 0 it may
// name the locality the TPM was started from. Mismatch "tcg.register_index" for an event on no
// register of the kind, "tcg.digest_missing" for an event without a digest of this bank.
Result<Registers> replay(const EventLog& log, RegisterKind kind, crypto::HashAlg alg);

// An event's digest in the bank the registers are of.
struct ProvenEvent {
  std::uint32_t number = 0;  // register: PCR or RTMR
  std::uint32_t type = 0;    // the log's word
  Bytes digest;              // proven
  Bytes data;                // the log's word
};

// What signed registers prove of a log. Made by prove_log only.
class ProvenLog {
 public:
  crypto::HashAlg alg() const { return alg_; }
  RegisterKind kind() const { return kind_; }
  // Events of proven registers, in the log's order.
  const std::vector<ProvenEvent>& events() const { return events_; }
  // Registers whose replay is the signed value, and those of the log where it is not: these were
  // extended by somebody who wrote no log, or the log is forged.
  const std::set<std::uint32_t>& proven() const { return proven_; }
  const std::set<std::uint32_t>& differing() const { return differing_; }

 private:
  friend Result<ProvenLog> prove_log(const EventLog& log, RegisterKind kind, crypto::HashAlg alg,
                                     const Registers& quoted);
  ProvenLog() = default;

  crypto::HashAlg alg_ = crypto::HashAlg::kSha384;
  RegisterKind kind_ = RegisterKind::kTdxRtmr;
  std::vector<ProvenEvent> events_;
  std::set<std::uint32_t> proven_;
  std::set<std::uint32_t> differing_;
};

// `quoted` holds registers whose values are verified; a register that is not among them proves
// nothing. Faults of replay only: a log that fits no register is a result.
Result<ProvenLog> prove_log(const EventLog& log, RegisterKind kind, crypto::HashAlg alg,
                            const Registers& quoted);

}  // namespace claustrum::evidence::tcg
