// SPDX-License-Identifier: Apache-2.0
// Notes, checkpoints, offline proofs and entries from anybody; what parses is written back the
// same.
#include <cstdint>

#include "claustrum/ledger/entry.h"
#include "claustrum/ledger/tlog_proof.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claustrum::ledger;
  const claustrum::BytesView input(data, size);
  const std::string_view text = claustrum::as_text(input);
  const auto note = parse_note(text);
  if (note.ok()) {
    (void)verify_note(*note, {});
    (void)parse_checkpoint(note->text);
  }
  const auto checkpoint = parse_checkpoint(text);
  if (checkpoint.ok() && checkpoint_text(*checkpoint) != text) {
    __builtin_trap();
  }
  const auto proof = parse_tlog_proof(text);
  if (proof.ok() && serialize_tlog_proof(*proof) != text) {
    __builtin_trap();
  }
  const auto entry = parse_entry(input);
  if (entry.ok() && serialize_entry(*entry) != text) {
    __builtin_trap();
  }
  (void)NoteVerifier::parse(text);
  return 0;
}
