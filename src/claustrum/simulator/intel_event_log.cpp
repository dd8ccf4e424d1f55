// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/intel_event_log.h"

#include "claustrum/base/writer.h"
#include "claustrum/evidence/tcg/replay.h"
#include "claustrum/evidence/tcg/runtime_log.h"

namespace claustrum::simulator {
namespace {

namespace tcg = evidence::tcg;

constexpr std::uint32_t kFirmware = 1;
constexpr std::uint32_t kImages = 2;
constexpr std::uint32_t kLoader = 3;
constexpr std::uint32_t kAgent = 4;
constexpr std::uint32_t kEvFirmwareBlob2 = 0x8000000a;
constexpr std::uint32_t kEvHandoffTables2 = 0x8000000b;

constexpr ByteArray<16> kGlobal = {0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
                                   0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c};
constexpr ByteArray<16> kSecurity = {0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45,
                                     0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f};

Bytes variable(const ByteArray<16>& guid, std::string_view name, BytesView value) {
  ByteWriter out;
  out.bytes(guid).u64le(name.size()).u64le(value.size());
  for (const char c : name) {
    out.u8(static_cast<std::uint8_t>(c)).u8(0);
  }
  return std::move(out.bytes(value)).take();
}

Bytes tagged(std::uint32_t id, std::string_view data) {
  ByteWriter out;
  out.u32le(id).u32le(static_cast<std::uint32_t>(data.size())).text(data);
  return std::move(out).take();
}

void add(tcg::EventLog& log, std::uint32_t index, std::uint32_t type, Bytes data) {
  const Bytes measured = data;
  log.events.push_back(td_event(index, type, std::move(data), measured));
}

void add_firmware(const TdBootSpec& spec, tcg::EventLog& log) {
  log.events.push_back(
      td_event(kFirmware, kEvHandoffTables2, to_bytes("TdxTable"), as_bytes("simulated TD HOB")));
  log.events.push_back(td_event(kFirmware, kEvFirmwareBlob2, to_bytes("Fv"),
                                as_bytes("simulated configuration volume")));
  const std::uint8_t on = spec.secure_boot ? 1 : 0;
  const std::uint32_t type = tcg::kEvEfiVariableDriverConfig;
  add(log, kFirmware, type, variable(kGlobal, "SecureBoot", Bytes{on}));
  add(log, kFirmware, type, variable(kGlobal, "PK", as_bytes("simulated PK")));
  add(log, kFirmware, type, variable(kGlobal, "KEK", as_bytes("simulated KEK")));
  add(log, kFirmware, type, variable(kSecurity, "db", as_bytes("simulated db")));
  add(log, kFirmware, type, variable(kSecurity, "dbx", as_bytes("simulated dbx")));
  add(log, kFirmware, tcg::kEvSeparator, Bytes(4, 0));
}

void add_loading(const TdBootSpec& spec, tcg::EventLog& log) {
  add(log, kImages, tcg::kEvEfiAction, to_bytes("Calling EFI Application from Boot Option"));
  add(log, kImages, tcg::kEvSeparator, Bytes(4, 0));
  log.events.push_back(td_event(kImages, tcg::kEvEfiBootServicesApplication,
                                to_bytes("a device path"), as_bytes(spec.kernel)));
  log.events.push_back(td_event(kLoader, tcg::kEvEventTag,
                                tagged(tcg::kTagLoadOptions, {"LOADED_IMAGE::LoadOptions\0", 26}),
                                as_bytes(spec.command_line)));
  log.events.push_back(td_event(kLoader, tcg::kEvEventTag,
                                tagged(tcg::kTagInitrd, {"Linux initrd\0", 13}),
                                as_bytes(spec.initrd)));
  add(log, kImages, tcg::kEvEfiAction, to_bytes("Exit Boot Services Invocation"));
}

}  // namespace

tcg::Event td_event(std::uint32_t index, std::uint32_t type, Bytes data, BytesView measured) {
  tcg::Event out;
  out.index = index;
  out.type = type;
  out.digests = {{tcg::kAlgSha384, crypto::hash(crypto::HashAlg::kSha384, measured)}};
  out.data = std::move(data);
  return out;
}

tcg::EventLog td_event_log(const TdBootSpec& spec) {
  tcg::EventLog out;
  out.algorithms = {{tcg::kAlgSha384, 48}};
  add_firmware(spec, out);
  add_loading(spec, out);
  for (const std::string& line : spec.agent) {
    add(out, kAgent, tcg::kEvEventTag, tagged(tcg::kTagAgent, line));
  }
  return out;
}

void measure(const tcg::EventLog& log, evidence::dcap::TdReportBody& td) {
  const Result<tcg::Registers> registers =
      tcg::replay(log, tcg::RegisterKind::kTdxRtmr, crypto::HashAlg::kSha384);
  CLAUSTRUM_CHECK(registers.ok());
  td.rtmr = {};
  for (const auto& [number, value] : *registers) {
    td.rtmr.at(number) = to_array<48>(value);
  }
}

}  // namespace claustrum::simulator
