// SPDX-License-Identifier: Apache-2.0
// For this folder's tests: reports of simulated machines and a writer of the forms that stock
// guests send, written apart from the reader under test. Never included by a library source.
#pragma once

#include "claustrum/codec/json.h"
#include "claustrum/evidence/snp/format.h"
#include "claustrum/simulator/test_sim.h"

namespace claustrum::kbs::test {

enum class SerdeForm { kRaw, kNamed, kNamedWithMitVectors };

inline codec::Json number_array(BytesView bytes) {
  codec::Json out = codec::Json::array();
  for (const std::uint8_t byte : bytes) {
    out.push(int{byte});
  }
  return out;
}

inline codec::Json tcb_json(BytesView tcb, SerdeForm form, evidence::snp::TcbLayout layout) {
  const auto at = [&](std::size_t i) { return codec::Json(int{tcb[i]}); };
  codec::Json out = codec::Json::object();
  if (form == SerdeForm::kRaw) {
    return out.set("bootloader", at(0))
        .set("tee", at(1))
        .set("_reserved", number_array(tcb.subspan(2, 4)))
        .set("snp", at(6))
        .set("microcode", at(7));
  }
  if (layout == evidence::snp::TcbLayout::kTurin) {
    return out.set("fmc", at(0))
        .set("bootloader", at(1))
        .set("tee", at(2))
        .set("snp", at(3))
        .set("microcode", at(7));
  }
  return out.set("fmc", codec::Json())
      .set("bootloader", at(0))
      .set("tee", at(1))
      .set("snp", at(6))
      .set("microcode", at(7));
}

// By offset, from the table of evidence/snp/format.h.
class SerdeFields {
 public:
  SerdeFields(BytesView raw, SerdeForm form, evidence::snp::TcbLayout layout)
      : raw_(raw), form_(form), layout_(layout) {}

  void integer(const char* name, std::size_t offset, std::size_t length) {
    std::int64_t value = 0;
    for (std::size_t i = length; i > 0; --i) {
      value = value << 8 | raw_[offset + i - 1];
    }
    json_.set(name, value);
  }
  void bytes(const char* name, std::size_t offset, std::size_t length) {
    json_.set(name, number_array(raw_.subspan(offset, length)));
  }
  void tcb(const char* name, std::size_t offset) {
    json_.set(name, tcb_json(raw_.subspan(offset, 8), form_, layout_));
  }
  void version(const char* name, std::size_t offset) {
    json_.set(name, codec::Json::object()
                        .set("major", int{raw_[offset + 2]})
                        .set("minor", int{raw_[offset + 1]})
                        .set("build", int{raw_[offset]}));
  }
  void null(const char* name) { json_.set(name, codec::Json()); }
  void set(const char* name, codec::Json value) { json_.set(name, std::move(value)); }
  codec::Json take() { return std::move(json_); }

 private:
  BytesView raw_;
  SerdeForm form_;
  evidence::snp::TcbLayout layout_;
  codec::Json json_ = codec::Json::object();
};

inline void add_named_fields(SerdeFields& out, BytesView raw, SerdeForm form) {
  const std::uint8_t version = raw[0];
  out.integer("key_info", 0x48, 4);
  if (version >= 3) {
    out.integer("cpuid_fam_id", 0x188, 1);
    out.integer("cpuid_mod_id", 0x189, 1);
    out.integer("cpuid_step", 0x18A, 1);
  } else {
    out.null("cpuid_fam_id");
    out.null("cpuid_mod_id");
    out.null("cpuid_step");
  }
  out.version("current", 0x1E8);
  out.version("committed", 0x1EC);
  if (form == SerdeForm::kNamedWithMitVectors && version >= 5) {
    out.integer("launch_mit_vector", 0x1F8, 8);
    out.integer("current_mit_vector", 0x200, 8);
  } else if (form == SerdeForm::kNamedWithMitVectors) {
    out.null("launch_mit_vector");
    out.null("current_mit_vector");
  }
  out.set("signature", codec::Json::object()
                           .set("r", number_array(raw.subspan(0x2A0, 72)))
                           .set("s", number_array(raw.subspan(0x2E8, 72))));
}

inline void add_raw_fields(SerdeFields& out, BytesView raw) {
  out.integer("_author_key_en", 0x48, 4);
  out.integer("_reserved_0", 0x4C, 4);
  out.bytes("_reserved_1", 0x188, 24);
  const char* const versions[] = {"current_build",   "current_minor",   "current_major",
                                  "_reserved_2",     "committed_build", "committed_minor",
                                  "committed_major", "_reserved_3"};
  for (std::size_t i = 0; i < std::size(versions); ++i) {
    out.integer(versions[i], 0x1E8 + i, 1);
  }
  out.bytes("_reserved_4", 0x1F8, 168);
  out.set("signature", codec::Json::object()
                           .set("r", number_array(raw.subspan(0x2A0, 72)))
                           .set("s", number_array(raw.subspan(0x2E8, 72)))
                           .set("_reserved", number_array(raw.subspan(0x330, 368))));
}

inline codec::Json serde_of(BytesView raw, SerdeForm form, evidence::snp::TcbLayout layout) {
  SerdeFields out(raw, form, layout);
  out.integer("version", 0x000, 4);
  out.integer("guest_svn", 0x004, 4);
  out.integer("policy", 0x008, 8);
  out.bytes("family_id", 0x010, 16);
  out.bytes("image_id", 0x020, 16);
  out.integer("vmpl", 0x030, 4);
  out.integer("sig_algo", 0x034, 4);
  out.tcb("current_tcb", 0x038);
  out.integer("plat_info", 0x040, 8);
  out.bytes("report_data", 0x050, 64);
  out.bytes("measurement", 0x090, 48);
  out.bytes("host_data", 0x0C0, 32);
  out.bytes("id_key_digest", 0x0E0, 48);
  out.bytes("author_key_digest", 0x110, 48);
  out.bytes("report_id", 0x140, 32);
  out.bytes("report_id_ma", 0x160, 32);
  out.tcb("reported_tcb", 0x180);
  out.bytes("chip_id", 0x1A0, 64);
  out.tcb("committed_tcb", 0x1E0);
  out.tcb("launch_tcb", 0x1F0);
  if (form == SerdeForm::kRaw) {
    add_raw_fields(out, raw);
  } else {
    add_named_fields(out, raw, form);
  }
  return out.take();
}

// A signed report with something in every field.
inline Bytes full_report(const std::string& product, std::uint32_t version) {
  static std::map<std::string, simulator::AmdAuthority> authorities;
  auto authority = authorities.find(product);
  if (authority == authorities.end()) {
    authority =
        authorities
            .emplace(product,
                     simulator::AmdAuthority::create(simulator::test_options(product)).value())
            .first;
  }
  simulator::AmdMachineSpec spec;
  spec.report_version = version;
  spec.not_before = simulator::kSimNow + -simulator::kSimDay;
  spec.not_after = simulator::kSimNow + simulator::kSimDay;
  spec.crl_this_update = spec.not_before;
  spec.crl_next_update = spec.not_after;
  const simulator::AmdMachine machine =
      simulator::AmdMachine::create(authority->second, spec).value();
  evidence::snp::Report report = machine.blank_report();
  report.guest_svn = 0x01020304;
  report.vmpl = 2;
  report.platform_info = 0x25;
  report.flags = 1;
  report.family_id.fill(0xf1);
  report.image_id.fill(0xf2);
  report.report_data.fill(0xd1);
  report.measurement.fill(0xd2);
  report.host_data.fill(0xd3);
  report.id_key_digest.fill(0xd4);
  report.author_key_digest.fill(0xd5);
  report.report_id_ma.fill(0xd6);
  if (version >= 5) {
    report.launch_mit_vector = 0x3f;
    report.current_mit_vector = 0x7f;
  }
  return machine.sign(report);
}

}  // namespace claustrum::kbs::test
