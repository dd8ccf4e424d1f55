// SPDX-License-Identifier: Apache-2.0
// Names for what signed RTMRs prove of a TD's boot, so that a policy can constrain each thing by
// itself [Intel TDX Virtual Firmware design guide, measurement; UEFI 2.10, 38.4.1; Linux EFI stub].
// Types and texts of a log are the word of whoever gives it, and software that runs later extends
// registers as well. So nothing is named by its type alone: things are found by the digest they
// must have, by their place in front of the firmware's separator, or by being the only one, and
// what could be one of two is left out. Guards against a log that shows the digest of a good kernel
// which a bad one extended afterwards.
#pragma once

#include "claustrum/evidence/tcg/events.h"

namespace claustrum::evidence::tcg {

// Members, each only where it holds:
//   counts                {rtmr0..rtmr3}: extensions of each register
//   disagreeing           events whose data is not what was measured
//   secure_boot           "on" or "off": of the digests that the variable can have, the only one in
//                         front of RTMR 0's first separator
//   secure_boot_keys      {PK, KEK, db, dbx}: digests of the four behind that one, the name being
//                         inside what is hashed
//   firmware              digests in front of that separator, without those five: configuration
//   images                digests on RTMR 1 that are no text, separator, variable or partition
//   kernel                the only one of them: a kernel booted by the firmware itself
//   command_line, initrd  beside such a kernel, the first two of RTMR 2, where they are the EFI
//                         stub's. An initrd counts only beside the command line: pin both
//   runtime               {name: payload}: dstack's events on RTMR 3 up to "system-ready", where
//   all
//                         of its events show what was hashed; no name that occurs twice
//   agent                 ["domain operation content", ...]: all of RTMR 3, where all are such
codec::Json boot_claims(const ProvenLog& log);

}  // namespace claustrum::evidence::tcg
