// SPDX-License-Identifier: Apache-2.0
#include "claustrum/ledger/tlog_proof.h"

#include <charconv>

#include "claustrum/base/guard.h"
#include "claustrum/codec/base64.h"

namespace claustrum::ledger {

namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1\n";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
constexpr std::size_t kMaxPath = 64;

Error malformed() {
  return Error(Code::kMalformed, "tlog_proof.malformed", "not a tlog-proof@v1");
}

// The next line without its newline; false at the end.
bool take_line(std::string_view& text, std::string_view& line) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) {
    return false;
  }
  line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return true;
}

}  // namespace

std::string serialize_tlog_proof(const TlogProof& proof) {
  std::string out(kHeader);
  if (proof.extra) {
    out.append(kExtra).append(codec::base64_encode(*proof.extra)).append("\n");
  }
  out.append(kIndex).append(std::to_string(proof.index)).append("\n");
  for (const Hash& hash : proof.path) {
    out.append(codec::base64_encode(hash)).append("\n");
  }
  return out + "\n" + proof.checkpoint;
}

Result<TlogProof> parse_tlog_proof(std::string_view text) {
  if (text.size() > kMaxNoteLen || !text.starts_with(kHeader)) {
    return malformed();
  }
  text.remove_prefix(kHeader.size());
  std::string_view line;
  TlogProof out;
  bool more = take_line(text, line);
  if (more && line.starts_with(kExtra)) {
    Result<Bytes> extra = codec::base64_decode(line.substr(kExtra.size()));
    if (!extra.ok()) {
      return malformed();
    }
    out.extra = *std::move(extra);
    more = take_line(text, line);
  }
  if (!more || !line.starts_with(kIndex)) {
    return malformed();
  }
  line.remove_prefix(kIndex.size());
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), out.index);
  if (line.empty() || error != std::errc() || end != line.data() + line.size() ||
      (line.size() > 1 && line.front() == '0')) {
    return malformed();
  }
  while (take_line(text, line) && !line.empty()) {
    const Result<Bytes> hash = codec::base64_decode(line);
    if (!hash.ok() || hash->size() != 32 || out.path.size() == kMaxPath) {
      return malformed();
    }
    out.path.push_back(to_array<32>(*hash));
  }
  if (!line.empty() || text.empty()) {
    return malformed();
  }
  out.checkpoint = text;
  return out;
}

Result<ProvenEntry> verify_tlog_proof(const TlogProof& proof, BytesView entry,
                                      std::string_view origin,
                                      const std::vector<NoteVerifier>& keys) {
  CLAUSTRUM_TRY_ASSIGN(const Note note, parse_note(proof.checkpoint));
  ProvenEntry out;
  CLAUSTRUM_TRY_ASSIGN(out.signers, verify_note(note, keys));
  CLAUSTRUM_TRY_ASSIGN(out.checkpoint, parse_checkpoint(note.text));
  // One key may sign for several logs: a proof from another one is no proof here.
  if (!CLAUSTRUM_GUARD("ledger.origin", out.checkpoint.origin == origin)) {
    return Error(Code::kMismatch, "tlog_proof.origin", "the checkpoint is of another log");
  }
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS(
      "ledger.inclusion", verify_inclusion(proof.index, out.checkpoint.size, leaf_hash(entry),
                                           proof.path, out.checkpoint.root)));
  return out;
}

}  // namespace claustrum::ledger
