// SPDX-License-Identifier: Apache-2.0
#include "claustrum/kbs/snp_serde.h"

#include "claustrum/base/writer.h"

namespace claustrum::kbs {

namespace {

using codec::Json;

constexpr std::size_t kReportLen = 1184;
constexpr std::size_t kCoordinateLen = 72;
constexpr std::size_t kSignatureLen = 512;
constexpr std::int64_t kMaxU32 = 0xFFFFFFFF;

// Writes members one after the other; the first fault sticks, as in ByteReader.
class SerdeWriter {
 public:
  explicit SerdeWriter(const Json& report) : report_(report) {}

  void u8(std::string_view key) { u8_of(report_, key); }
  void u32(std::string_view key) {
    out_.u32le(static_cast<std::uint32_t>(number(report_, key, kMaxU32)));
  }
  void u64(std::string_view key) {
    out_.u64le(static_cast<std::uint64_t>(number(report_, key, INT64_MAX)));
  }
  // null where the report's version has no such field.
  void optional_u8(std::string_view key) {
    if (is_null(key)) {
      out_.u8(0);
    } else {
      u8(key);
    }
  }
  void optional_u64(std::string_view key) {
    if (is_null(key)) {
      out_.u64le(0);
    } else {
      u64(key);
    }
  }
  void bytes(std::string_view key, std::size_t length) { bytes_of(report_, key, length); }
  void zeros(std::size_t count) { out_.zeros(count); }

  // 8 bytes. With `fmc` the crate has told Turin's layout from the earlier one; without, the four
  // reserved bytes are as the hardware gave them.
  void tcb(std::string_view key) {
    const Json& tcb = object(key);
    const Json* fmc = tcb.find("fmc");
    if (fmc == nullptr) {
      only(tcb, key, {"bootloader", "tee", "_reserved", "snp", "microcode"});
      u8_of(tcb, "bootloader");
      u8_of(tcb, "tee");
      bytes_of(tcb, "_reserved", 4);
      u8_of(tcb, "snp");
      u8_of(tcb, "microcode");
      return;
    }
    only(tcb, key, {"fmc", "bootloader", "tee", "snp", "microcode"});
    if (fmc->is_null()) {
      u8_of(tcb, "bootloader");
      u8_of(tcb, "tee");
      out_.zeros(4);
      u8_of(tcb, "snp");
      u8_of(tcb, "microcode");
      return;
    }
    u8_of(tcb, "fmc");
    u8_of(tcb, "bootloader");
    u8_of(tcb, "tee");
    u8_of(tcb, "snp");
    out_.zeros(3);
    u8_of(tcb, "microcode");
  }

  void version(std::string_view key) {
    const Json& version = object(key);
    only(version, key, {"major", "minor", "build"});
    u8_of(version, "build");
    u8_of(version, "minor");
    u8_of(version, "major");
    out_.u8(0);
  }

  void signature(bool with_reserved) {
    const Json& signature = object("signature");
    if (with_reserved) {
      only(signature, "signature", {"r", "s", "_reserved"});
    } else {
      only(signature, "signature", {"r", "s"});
    }
    bytes_of(signature, "r", kCoordinateLen);
    bytes_of(signature, "s", kCoordinateLen);
    if (with_reserved) {
      bytes_of(signature, "_reserved", kSignatureLen - 2 * kCoordinateLen);
    } else {
      out_.zeros(kSignatureLen - 2 * kCoordinateLen);
    }
  }

  Result<Bytes> finish() && {
    if (!fault_.empty()) {
      return Error(Code::kMalformed, "kbs.snp_serde", "attestation_report: " + fault_);
    }
    CLAUSTRUM_CHECK(out_.size() == kReportLen);
    return std::move(out_).take();
  }

 private:
  void fail(std::string_view key) {
    if (fault_.empty()) {
      fault_ = "member " + std::string(key) + " is missing or not of its form";
    }
  }

  const Json& object(std::string_view key) {
    static const Json kEmpty = Json::object();
    const Json* found = report_.find(key);
    if (found == nullptr || !found->is_object()) {
      fail(key);
      return kEmpty;
    }
    return *found;
  }

  void only(const Json& value, std::string_view key,
            std::initializer_list<std::string_view> allowed) {
    if (!value.only_members(allowed).ok()) {
      fail(key);
    }
  }

  bool is_null(std::string_view key) {
    const Json* found = report_.find(key);
    return found != nullptr && found->is_null();
  }

  std::int64_t number(const Json& from, std::string_view key, std::int64_t max) {
    const Json* found = from.find(key);
    if (found == nullptr || !found->is_integer() || found->integer() < 0 ||
        found->integer() > max) {
      fail(key);
      return 0;
    }
    return found->integer();
  }

  void u8_of(const Json& from, std::string_view key) {
    out_.u8(static_cast<std::uint8_t>(number(from, key, 255)));
  }

  void bytes_of(const Json& from, std::string_view key, std::size_t length) {
    const Json* found = from.find(key);
    if (found == nullptr || !found->is_array() || found->items().size() != length) {
      fail(key);
      return;
    }
    for (const Json& item : found->items()) {
      if (!item.is_integer() || item.integer() < 0 || item.integer() > 255) {
        fail(key);
        return;
      }
      out_.u8(static_cast<std::uint8_t>(item.integer()));
    }
  }

  const Json& report_;
  ByteWriter out_;
  std::string fault_;
};

// 0x000 to 0x047, the same in all forms.
void write_head(SerdeWriter& out) {
  out.u32("version");
  out.u32("guest_svn");
  out.u64("policy");
  out.bytes("family_id", 16);
  out.bytes("image_id", 16);
  out.u32("vmpl");
  out.u32("sig_algo");
  out.tcb("current_tcb");
  out.u64("plat_info");
}

// 0x050 to 0x187.
void write_body(SerdeWriter& out) {
  out.bytes("report_data", 64);
  out.bytes("measurement", 48);
  out.bytes("host_data", 32);
  out.bytes("id_key_digest", 48);
  out.bytes("author_key_digest", 48);
  out.bytes("report_id", 32);
  out.bytes("report_id_ma", 32);
  out.tcb("reported_tcb");
}

Result<Bytes> raw_form(const Json& report) {
  CLAUSTRUM_TRY(report.only_members(
      {"version",         "guest_svn",      "policy",          "family_id",
       "image_id",        "vmpl",           "sig_algo",        "current_tcb",
       "plat_info",       "_author_key_en", "_reserved_0",     "report_data",
       "measurement",     "host_data",      "id_key_digest",   "author_key_digest",
       "report_id",       "report_id_ma",   "reported_tcb",    "_reserved_1",
       "chip_id",         "committed_tcb",  "current_build",   "current_minor",
       "current_major",   "_reserved_2",    "committed_build", "committed_minor",
       "committed_major", "_reserved_3",    "launch_tcb",      "_reserved_4",
       "signature"}));
  SerdeWriter out(report);
  write_head(out);
  out.u32("_author_key_en");
  out.u32("_reserved_0");
  write_body(out);
  out.bytes("_reserved_1", 24);
  out.bytes("chip_id", 64);
  out.tcb("committed_tcb");
  for (const char* key : {"current_build", "current_minor", "current_major", "_reserved_2",
                          "committed_build", "committed_minor", "committed_major", "_reserved_3"}) {
    out.u8(key);
  }
  out.tcb("launch_tcb");
  out.bytes("_reserved_4", 168);
  out.signature(true);
  return std::move(out).finish();
}

Result<Bytes> named_form(const Json& report, bool with_mit_vectors) {
  CLAUSTRUM_TRY(report.only_members({"version",
                                     "guest_svn",
                                     "policy",
                                     "family_id",
                                     "image_id",
                                     "vmpl",
                                     "sig_algo",
                                     "current_tcb",
                                     "plat_info",
                                     "key_info",
                                     "report_data",
                                     "measurement",
                                     "host_data",
                                     "id_key_digest",
                                     "author_key_digest",
                                     "report_id",
                                     "report_id_ma",
                                     "reported_tcb",
                                     "cpuid_fam_id",
                                     "cpuid_mod_id",
                                     "cpuid_step",
                                     "chip_id",
                                     "committed_tcb",
                                     "current",
                                     "committed",
                                     "launch_tcb",
                                     "launch_mit_vector",
                                     "current_mit_vector",
                                     "signature"}));
  SerdeWriter out(report);
  write_head(out);
  out.u32("key_info");
  out.zeros(4);
  write_body(out);
  out.optional_u8("cpuid_fam_id");
  out.optional_u8("cpuid_mod_id");
  out.optional_u8("cpuid_step");
  out.zeros(21);
  out.bytes("chip_id", 64);
  out.tcb("committed_tcb");
  out.version("current");
  out.version("committed");
  out.tcb("launch_tcb");
  if (with_mit_vectors) {
    out.optional_u64("launch_mit_vector");
    out.optional_u64("current_mit_vector");
    out.zeros(152);
  } else {
    out.zeros(168);
  }
  out.signature(false);
  return std::move(out).finish();
}

}  // namespace

Result<Bytes> snp_report_from_serde(const Json& report) {
  if (report.find("_reserved_4") != nullptr) {
    return raw_form(report);
  }
  const bool with_mit_vectors =
      report.find("launch_mit_vector") != nullptr || report.find("current_mit_vector") != nullptr;
  return named_form(report, with_mit_vectors);
}

}  // namespace claustrum::kbs
