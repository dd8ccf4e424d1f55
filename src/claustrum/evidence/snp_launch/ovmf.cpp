// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp_launch/ovmf.h"

#include <algorithm>

#include "claustrum/base/reader.h"
#include "claustrum/evidence/snp_launch/digest.h"

namespace claustrum::evidence::snp_launch {
namespace {

using Guid = ByteArray<16>;

// As stored: the first three groups little-endian.
constexpr Guid kFooter = {0xde, 0x82, 0xb5, 0x96, 0xb2, 0x1f, 0xf7, 0x45,
                          0xba, 0xea, 0xa3, 0x66, 0xc5, 0x5a, 0x08, 0x2d};
constexpr Guid kSevMetadata = {0x66, 0x65, 0x88, 0xdc, 0x4a, 0x98, 0x98, 0x47,
                               0xa7, 0x5e, 0x55, 0x85, 0xa7, 0xbf, 0x67, 0xcc};
constexpr Guid kResetBlock = {0xde, 0x71, 0xf7, 0x00, 0x7e, 0x1a, 0xcb, 0x4f,
                              0x89, 0x0e, 0x68, 0xc7, 0x7e, 0x2f, 0xb4, 0x4e};
constexpr Guid kHashesTable = {0x1f, 0x37, 0x55, 0x72, 0x3b, 0x3a, 0x04, 0x4b,
                               0x92, 0x7b, 0x1d, 0xa6, 0xef, 0xa8, 0xd4, 0x54};

constexpr std::size_t kBehindTable = 32;
constexpr std::size_t kEntryHeaderLen = 18;
constexpr std::size_t kMetadataHeaderLen = 16;
constexpr std::size_t kSectionLen = 12;
constexpr std::uint32_t kMetadataVersion = 1;

Error bad_table(std::string text) {
  return Error(Code::kMalformed, "ovmf.table", std::move(text));
}

Error bad_metadata(std::string text) {
  return Error(Code::kMalformed, "ovmf.metadata", std::move(text));
}

struct Entry {
  Guid guid{};
  BytesView data;
};

// The entry that ends where `table` ends; `left` becomes what lies below it.
Result<Entry> last_entry(BytesView table, BytesView& left) {
  if (table.size() < kEntryHeaderLen) {
    return bad_table("an entry does not fit its table");
  }
  ByteReader r(table.last(kEntryHeaderLen), "table entry");
  const std::size_t size = r.u16le();
  Entry out;
  out.guid = r.fixed<16>();
  CLAUSTRUM_TRY(r.finish());
  if (size < kEntryHeaderLen || size > table.size()) {
    return bad_table("an entry's size does not fit its table");
  }
  out.data = table.last(size).first(size - kEntryHeaderLen);
  left = table.first(table.size() - size);
  return out;
}

struct Table {
  std::optional<BytesView> sev_metadata;
  std::optional<BytesView> reset_block;
  std::optional<BytesView> hashes_table;

  std::optional<BytesView>* slot(const Guid& guid) {
    if (guid == kSevMetadata) {
      return &sev_metadata;
    }
    if (guid == kResetBlock) {
      return &reset_block;
    }
    return guid == kHashesTable ? &hashes_table : nullptr;
  }
};

Result<Table> read_table(BytesView image) {
  BytesView below = image.first(image.size() - kBehindTable);
  ByteReader footer(below.last(kEntryHeaderLen), "table footer");
  const std::size_t size = footer.u16le();
  if (footer.fixed<16>() != kFooter) {
    return bad_table("no GUID table at the image's end: not an OVMF image");
  }
  if (size < kEntryHeaderLen || size > below.size()) {
    return bad_table("the table's size does not fit the image");
  }
  BytesView entries = below.last(size).first(size - kEntryHeaderLen);
  Table out;
  while (!entries.empty()) {
    CLAUSTRUM_TRY_ASSIGN(const Entry entry, last_entry(entries, entries));
    std::optional<BytesView>* slot = out.slot(entry.guid);
    if (slot != nullptr && slot->has_value()) {
      return bad_table("a GUID is there twice");
    }
    if (slot != nullptr) {
      *slot = entry.data;
    }
  }
  return out;
}

// An entry's first word; entries may carry more behind it.
Result<std::uint32_t> first_word(BytesView data) {
  ByteReader r(data, "table entry");
  const std::uint32_t value = r.u32le();
  if (!r.status().ok()) {
    return bad_table("an entry is shorter than its value");
  }
  return value;
}

Result<std::optional<std::uint32_t>> optional_word(const std::optional<BytesView>& data) {
  if (!data) {
    return std::optional<std::uint32_t>();
  }
  CLAUSTRUM_TRY_ASSIGN(const std::uint32_t value, first_word(*data));
  // Builds that do not use an entry leave zeros in it.
  return value == 0 ? std::optional<std::uint32_t>() : std::optional(value);
}

bool is_known(std::uint32_t kind) {
  constexpr SectionKind kKnown[] = {SectionKind::kSecureMemory, SectionKind::kSecrets,
                                    SectionKind::kCpuid, SectionKind::kSvsmCaa,
                                    SectionKind::kKernelHashes};
  return std::ranges::any_of(
      kKnown, [kind](SectionKind known) { return static_cast<std::uint32_t>(known) == kind; });
}

// These are single pages to the firmware whatever length the metadata gives.
bool is_one_page(SectionKind kind) {
  return kind == SectionKind::kSecrets || kind == SectionKind::kCpuid ||
         kind == SectionKind::kKernelHashes;
}

Result<Section> read_section(ByteReader& r) {
  Section out;
  out.gpa = r.u32le();
  out.len = r.u32le();
  const std::uint32_t kind = r.u32le();
  if (!r.ok()) {
    return bad_metadata("the sections do not fit the metadata");
  }
  if (!is_known(kind)) {
    return Error(Code::kUnsupported, "ovmf.section", "section of kind " + std::to_string(kind));
  }
  out.kind = static_cast<SectionKind>(kind);
  const bool pages = out.gpa % kPageLen == 0 && out.len % kPageLen == 0 && out.len != 0 &&
                     std::uint64_t{out.gpa} + out.len <= kFourGib;
  if (!pages || (is_one_page(out.kind) && out.len != kPageLen)) {
    return bad_metadata("a section is not the pages its kind has");
  }
  return out;
}

Result<std::vector<Section>> read_metadata(BytesView image, BytesView entry) {
  CLAUSTRUM_TRY_ASSIGN(const std::uint32_t from_end, first_word(entry));
  if (from_end < kMetadataHeaderLen || from_end > image.size()) {
    return bad_metadata("the metadata lies outside the image");
  }
  ByteReader r(image.last(from_end), "SEV metadata");
  r.expect(as_bytes("ASEV"));
  const std::size_t size = r.u32le();
  const std::uint32_t version = r.u32le();
  const std::size_t count = r.u32le();
  if (!r.ok()) {
    return bad_metadata("no SEV metadata where the table says");
  }
  if (version != kMetadataVersion) {
    return Error(Code::kUnsupported, "ovmf.version", "metadata version " + std::to_string(version));
  }
  if (count == 0 || count > kMaxSections || size < kMetadataHeaderLen + count * kSectionLen ||
      size > from_end) {
    return bad_metadata("the metadata's size and count do not fit");
  }
  std::vector<Section> out;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    CLAUSTRUM_TRY_ASSIGN(const Section section, read_section(r));
    total += section.len;
    out.push_back(section);
  }
  if (total > kMaxSectionBytes) {
    return bad_metadata("the sections are more than 64 MiB");
  }
  return out;
}

}  // namespace

std::string_view to_string(SectionKind kind) {
  switch (kind) {
    case SectionKind::kSecureMemory:
      return "secure memory";
    case SectionKind::kSecrets:
      return "secrets";
    case SectionKind::kCpuid:
      return "CPUID";
    case SectionKind::kSvsmCaa:
      return "SVSM calling area";
    case SectionKind::kKernelHashes:
      return "kernel hashes";
  }
  return "unknown";
}

const Section* OvmfView::find(SectionKind kind) const {
  const auto at = std::ranges::find(sections, kind, &Section::kind);
  return at == sections.end() ? nullptr : &*at;
}

Result<OvmfView> parse_ovmf(BytesView image) {
  if (image.empty() || image.size() % kPageLen != 0 || image.size() > kMaxFirmware) {
    return Error(Code::kMalformed, "ovmf.size",
                 "a firmware image is whole pages of 4096 bytes, at most 64 MiB");
  }
  CLAUSTRUM_TRY_ASSIGN(const Table table, read_table(image));
  if (!table.sev_metadata) {
    return Error(Code::kUnsupported, "ovmf.no_snp",
                 "the image has no SEV metadata: this build starts no SEV-SNP guest");
  }
  OvmfView out;
  out.image = image;
  CLAUSTRUM_TRY_ASSIGN(out.sections, read_metadata(image, *table.sev_metadata));
  CLAUSTRUM_TRY_ASSIGN(out.reset_eip, optional_word(table.reset_block));
  CLAUSTRUM_TRY_ASSIGN(out.hashes_gpa, optional_word(table.hashes_table));
  return out;
}

}  // namespace claustrum::evidence::snp_launch
