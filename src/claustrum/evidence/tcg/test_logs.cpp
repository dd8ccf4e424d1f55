// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/tcg/test_logs.h"

#include "claustrum/base/writer.h"

namespace claustrum::evidence::tcg {
namespace {

// EFI_GLOBAL_VARIABLE, 8be4df61-93ca-11d2-aa0d-00e098032b8c.
constexpr ByteArray<16> kGlobal = {0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
                                   0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c};

EventLog boot_log(std::uint32_t config, std::uint32_t images, std::uint32_t commands) {
  EventLog log = empty_log();
  add_event(log, config, kEvEfiVariableDriverConfig, variable_data("SecureBoot", Bytes{1}));
  add_event(log, config, kEvSeparator, Bytes(4, 0));
  add_event(log, images, kEvEfiBootServicesApplication, to_bytes("a device path"),
            to_bytes("an image"));
  add_event(log, commands, kEvIpl,
            to_bytes(std::string_view("kernel_cmdline: root=/dev/vda\0", 30)),
            to_bytes("root=/dev/vda"));
  return log;
}

}  // namespace

EventLog empty_log() {
  EventLog log;
  log.algorithms = {{kAlgSha256, 32}, {kAlgSha384, 48}};
  return log;
}

void add_event(EventLog& log, std::uint32_t index, std::uint32_t type, BytesView data,
               const std::optional<Bytes>& measured) {
  const BytesView hashed = measured ? BytesView(*measured) : data;
  Event event;
  event.index = index;
  event.type = type;
  event.digests = {{kAlgSha256, crypto::hash(crypto::HashAlg::kSha256, hashed)},
                   {kAlgSha384, crypto::hash(crypto::HashAlg::kSha384, hashed)}};
  event.data = to_bytes(data);
  log.events.push_back(std::move(event));
}

Bytes ucs2(std::string_view text) {
  Bytes out;
  for (const char c : text) {
    out.push_back(static_cast<std::uint8_t>(c));
    out.push_back(0);
  }
  return out;
}

Bytes variable_data(std::string_view name, BytesView value) {
  ByteWriter out;
  out.bytes(kGlobal).u64le(name.size()).u64le(value.size()).bytes(ucs2(name)).bytes(value);
  return std::move(out).take();
}

EventLog td_log() {
  return boot_log(1, 2, 3);
}

EventLog tpm_log() {
  return boot_log(7, 4, 8);
}

Bytes extended(crypto::HashAlg alg, std::initializer_list<BytesView> measured) {
  Bytes value(crypto::digest_len(alg), 0);
  for (const BytesView one : measured) {
    value = crypto::hash(alg, concat({value, crypto::hash(alg, one)}));
  }
  return value;
}

}  // namespace claustrum::evidence::tcg
