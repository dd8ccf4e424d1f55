// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp/format.h"

#include <algorithm>

#include "claustrum/base/reader.h"
#include "claustrum/base/writer.h"

namespace claustrum::evidence::snp {
namespace {

constexpr std::size_t kScalarLen = 72;
constexpr std::size_t kSignificant = 48;
constexpr std::size_t kSignatureTail = 512 - 2 * kScalarLen;

// Index of SPL 4 in a Milan TCB, of SPL 5 in a Turin TCB.
constexpr std::size_t kMilanReserved = 2;
constexpr std::size_t kTurinReserved = 4;

Result<BytesView> unwrap_ioctl(BytesView evidence) {
  ByteReader r(evidence, "ioctl response");
  const std::uint32_t status = r.u32le();
  const std::uint32_t report_size = r.u32le();
  r.zeros(kIoctlHeaderLen - 8);
  const BytesView report = r.bytes(kReportLen);
  if (!r.status().ok() || status != 0 || report_size != kReportLen) {
    return Error(Code::kMalformed, "snp.report.ioctl",
                 "the response's status, size or reserved bytes are not those of a report");
  }
  return report;
}

FirmwareVersion read_version(ByteReader& r, bool strict) {
  FirmwareVersion out;
  out.build = r.u8();
  out.minor = r.u8();
  out.major = r.u8();
  strict ? r.zeros(1) : r.skip(1);
  return out;
}

void read_scalar(ByteReader& r, ByteArray<96>& signature, std::size_t at) {
  const auto little = r.fixed<kSignificant>();
  r.zeros(kScalarLen - kSignificant);
  std::ranges::reverse_copy(little, signature.begin() + static_cast<std::ptrdiff_t>(at));
}

void read_identity(ByteReader& r, Report& out, bool strict) {
  out.version = r.u32le();
  out.guest_svn = r.u32le();
  out.policy = r.u64le();
  out.family_id = r.fixed<16>();
  out.image_id = r.fixed<16>();
  out.vmpl = r.u32le();
  out.signature_algo = r.u32le();
  out.current_tcb = r.fixed<8>();
  out.platform_info = r.u64le();
  out.flags = r.u32le();
  strict ? r.zeros(4) : r.skip(4);
  if (strict && out.flags >> 5 != 0) {
    r.fail("reserved flags are not zero");
  }
  out.report_data = r.fixed<64>();
  out.measurement = r.fixed<48>();
  out.host_data = r.fixed<32>();
  out.id_key_digest = r.fixed<48>();
  out.author_key_digest = r.fixed<48>();
  out.report_id = r.fixed<32>();
  out.report_id_ma = r.fixed<32>();
}

void read_platform(ByteReader& r, Report& out, bool strict) {
  out.reported_tcb = r.fixed<8>();
  if (out.has_cpuid()) {
    out.cpuid_family = r.u8();
    out.cpuid_model = r.u8();
    out.cpuid_stepping = r.u8();
  } else {
    strict ? r.zeros(3) : r.skip(3);
  }
  strict ? r.zeros(21) : r.skip(21);
  out.chip_id = r.fixed<64>();
  out.committed_tcb = r.fixed<8>();
  out.current_version = read_version(r, strict);
  out.committed_version = read_version(r, strict);
  out.launch_tcb = r.fixed<8>();
  if (out.has_mit_vectors()) {
    out.launch_mit_vector = r.u64le();
    out.current_mit_vector = r.u64le();
  } else {
    strict ? r.zeros(16) : r.skip(16);
  }
  strict ? r.zeros(0x98) : r.skip(0x98);
}

void write_version(ByteWriter& w, const FirmwareVersion& version) {
  w.u8(version.build).u8(version.minor).u8(version.major).u8(0);
}

void write_scalar(ByteWriter& w, BytesView big) {
  Bytes little(big.rbegin(), big.rend());
  w.bytes(little).zeros(kScalarLen - kSignificant);
}

bool has_turin_chip_id(const Report& report) {
  const BytesView id(report.chip_id);
  return !all_zero(id.first(8)) && all_zero(id.subspan(8));
}

}  // namespace

Tcb decode_tcb(const TcbRaw& raw, TcbLayout layout) {
  Tcb out;
  if (layout == TcbLayout::kTurin) {
    out.fmc = raw[0];
    out.bootloader = raw[1];
    out.tee = raw[2];
    out.snp = raw[3];
    for (std::size_t i = 1; i < 4; ++i) {
      out.reserved[i] = raw[kTurinReserved + i - 1];
    }
  } else {
    out.bootloader = raw[0];
    out.tee = raw[1];
    out.snp = raw[6];
    for (std::size_t i = 0; i < 4; ++i) {
      out.reserved[i] = raw[kMilanReserved + i];
    }
  }
  out.microcode = raw[7];
  return out;
}

TcbRaw encode_tcb(const Tcb& tcb, TcbLayout layout) {
  const ByteArray<4>& s = tcb.reserved;
  if (layout == TcbLayout::kTurin) {
    return {tcb.fmc, tcb.bootloader, tcb.tee, tcb.snp, s[1], s[2], s[3], tcb.microcode};
  }
  return {tcb.bootloader, tcb.tee, s[0], s[1], s[2], s[3], tcb.snp, tcb.microcode};
}

bool tcb_at_most(const TcbRaw& a, const TcbRaw& b) {
  return std::ranges::equal(a, b, std::less_equal<>());
}

Result<Report> parse_report(BytesView evidence) {
  BytesView raw = evidence;
  if (evidence.size() == kIoctlResponseLen) {
    CLAUSTRUM_TRY_ASSIGN(raw, unwrap_ioctl(evidence));
  }
  if (raw.size() != kReportLen) {
    return Error(Code::kMalformed, "snp.report.length",
                 std::to_string(raw.size()) + " bytes, a report has 1184");
  }
  const std::uint32_t version = ByteReader(raw, "report").u32le();
  const bool strict = version >= kMinVersion && version <= kMaxVersion;
  Report out;
  ByteReader r(raw, "report");
  read_identity(r, out, strict);
  read_platform(r, out, strict);
  read_scalar(r, out.signature, 0);
  read_scalar(r, out.signature, kSignificant);
  r.zeros(kSignatureTail);
  if (const Status status = r.finish(); !status.ok()) {
    return Error(Code::kMalformed, "snp.report.layout", status.error().text());
  }
  out.raw = to_bytes(raw);
  return out;
}

Bytes encode_report(const Report& report) {
  ByteWriter w;
  w.u32le(report.version).u32le(report.guest_svn).u64le(report.policy);
  w.bytes(report.family_id).bytes(report.image_id);
  w.u32le(report.vmpl).u32le(report.signature_algo).bytes(report.current_tcb);
  w.u64le(report.platform_info).u32le(report.flags).zeros(4);
  w.bytes(report.report_data).bytes(report.measurement).bytes(report.host_data);
  w.bytes(report.id_key_digest).bytes(report.author_key_digest);
  w.bytes(report.report_id).bytes(report.report_id_ma).bytes(report.reported_tcb);
  if (report.has_cpuid()) {
    w.u8(report.cpuid_family).u8(report.cpuid_model).u8(report.cpuid_stepping).zeros(21);
  } else {
    w.zeros(24);
  }
  w.bytes(report.chip_id).bytes(report.committed_tcb);
  write_version(w, report.current_version);
  write_version(w, report.committed_version);
  w.bytes(report.launch_tcb);
  if (report.has_mit_vectors()) {
    w.u64le(report.launch_mit_vector).u64le(report.current_mit_vector);
  } else {
    w.zeros(16);
  }
  w.zeros(0x98);
  write_scalar(w, BytesView(report.signature).first(kSignificant));
  write_scalar(w, BytesView(report.signature).subspan(kSignificant));
  w.zeros(kSignatureTail);
  return std::move(w).take();
}

std::string_view product_of_cpuid(std::uint8_t family, std::uint8_t model) {
  const auto within = [model](unsigned low, unsigned high) {
    return model >= low && model <= high;
  };
  if (family == 0x19) {
    if (within(0x00, 0x0F)) {
      return "Milan";
    }
    if (within(0x10, 0x1F) || within(0xA0, 0xAF)) {
      return "Genoa";
    }
  }
  if (family == 0x1A) {
    if (within(0x00, 0x11)) {
      return "Turin";
    }
    if (within(0x50, 0x57) || within(0x90, 0xAF) || within(0xC0, 0xC7)) {
      return "Venice";
    }
  }
  return "unknown";
}

std::string product_inferred(const Report& report) {
  if (report.has_cpuid()) {
    return std::string(product_of_cpuid(report.cpuid_family, report.cpuid_model));
  }
  return has_turin_chip_id(report) ? "Turin" : "Milan-or-Genoa (v2: not in report)";
}

TcbLayout layout_inferred(const Report& report) {
  const bool turin = report.has_cpuid() ? report.cpuid_family == 0x1A : has_turin_chip_id(report);
  return turin ? TcbLayout::kTurin : TcbLayout::kMilan;
}

TcbLayout layout_of_product(std::string_view product) {
  return product == "Turin" ? TcbLayout::kTurin : TcbLayout::kMilan;
}

}  // namespace claustrum::evidence::snp
