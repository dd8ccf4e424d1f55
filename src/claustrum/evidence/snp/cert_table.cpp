// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp/cert_table.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/base/reader.h"
#include "claustrum/base/writer.h"

namespace claustrum::evidence::snp {

const Guid kGuidArk = {0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52,
                       0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae};
const Guid kGuidAsk = {0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4,
                       0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82};
const Guid kGuidVcek = {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64,
                        0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd};
const Guid kGuidVlek = {0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e,
                        0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1};
const Guid kGuidCrl = {0x92, 0xf8, 0x1b, 0xc3, 0x58, 0x11, 0x4d, 0x3d,
                       0x97, 0xff, 0xd1, 0x9f, 0x88, 0xdc, 0x67, 0xea};

namespace {

constexpr std::size_t kEntryLen = 24;

struct Slot {
  Guid guid{};
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

Result<std::vector<Slot>> parse_slots(BytesView table) {
  ByteReader r(table, "certificate table");
  std::vector<Slot> out;
  while (out.size() <= kMaxTableEntries) {
    Slot slot;
    slot.guid = r.fixed<16>();
    slot.offset = r.u32le();
    slot.length = r.u32le();
    if (!r.ok()) {
      return Error(Code::kMalformed, "snp.table.layout", "no all-zero entry ends the table");
    }
    if (all_zero(slot.guid) && slot.offset == 0 && slot.length == 0) {
      return out;
    }
    out.push_back(slot);
  }
  return Error(Code::kExhausted, "snp.table.size", "more than 32 entries");
}

}  // namespace

Result<std::vector<TableEntry>> parse_cert_table(BytesView table) {
  std::vector<TableEntry> out;
  if (table.empty()) {
    return out;
  }
  if (table.size() > kMaxTableLen) {
    return Error(Code::kExhausted, "snp.table.size", "more than 1 MiB");
  }
  CLAUSTRUM_TRY_ASSIGN(const std::vector<Slot> slots, parse_slots(table));
  for (const Slot& slot : slots) {
    // 64-bit sum of two 32-bit values: cannot wrap.
    if (slot.offset + slot.length > table.size()) {
      return Error(Code::kMalformed, "snp.table.bounds", "an entry points outside the table");
    }
    const bool seen =
        std::ranges::find(out, slot.guid, [](const TableEntry& e) { return e.guid; }) != out.end();
    if (!CLAUSTRUM_GUARD("evidence.snp.table.duplicate", !seen)) {
      return Error(Code::kMalformed, "snp.table.duplicate", "two entries have one GUID");
    }
    out.push_back({slot.guid, to_bytes(table.subspan(slot.offset, slot.length))});
  }
  return out;
}

Bytes encode_cert_table(const std::vector<TableEntry>& entries) {
  ByteWriter header;
  std::size_t at = kEntryLen * (entries.size() + 1);
  Bytes body;
  for (const TableEntry& entry : entries) {
    header.bytes(entry.guid).u32le(static_cast<std::uint32_t>(at));
    header.u32le(static_cast<std::uint32_t>(entry.data.size()));
    at += entry.data.size();
    append(body, entry.data);
  }
  header.zeros(kEntryLen).bytes(body);
  return std::move(header).take();
}

Collateral collateral_of(const std::vector<TableEntry>& entries) {
  const bool vlek =
      std::ranges::any_of(entries, [](const TableEntry& e) { return e.guid == kGuidVlek; });
  const std::pair<const Guid*, const char*> names[] = {{&kGuidArk, "ark"},
                                                       {&kGuidAsk, vlek ? "asvk" : "ask"},
                                                       {&kGuidVcek, "vcek"},
                                                       {&kGuidVlek, "vlek"},
                                                       {&kGuidCrl, "crl"}};
  Collateral out;
  for (const TableEntry& entry : entries) {
    for (const auto& [guid, name] : names) {
      if (entry.guid == *guid) {
        out[name] = entry.data;
      }
    }
  }
  return out;
}

}  // namespace claustrum::evidence::snp
