// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/pck.h"

#include <functional>

#include "claustrum/codec/der.h"

namespace claustrum::evidence::dcap {
namespace {

using codec::DerReader;

constexpr std::uint8_t kDerBoolean = 0x01;
constexpr std::uint8_t kDerEnumerated = 0x0a;

// 1.2.840.113741.1.13.1, as DER writes it; every arc below is one more byte.
constexpr ByteArray<9> kArc = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};

enum Member : std::uint8_t {
  kPpid = 1,
  kTcb = 2,
  kPceId = 3,
  kFmspc = 4,
  kSgxTypeMember = 5,
  kPlatformInstanceId = 6,
  kConfiguration = 7
};
constexpr std::uint8_t kPceSvn = 17;  // below kTcb; 1..16 are the components
constexpr std::uint8_t kCpuSvn = 18;

constexpr std::uint32_t bits(std::uint8_t first, std::uint8_t last) {
  return (std::uint32_t{2} << last) - (std::uint32_t{1} << first);
}

Error bad_extension(const char* text) {
  return Error(Code::kMalformed, "dcap.pck.extension", text);
}

// Reads one member's value; false where it is no member of this list.
using ReadMember = std::function<bool(std::uint8_t id, DerReader& value)>;

// SEQUENCE OF SEQUENCE { OID, value }: which ids below `arc` were there, each at most once.
Result<std::uint32_t> read_members(DerReader list, BytesView arc, const ReadMember& read) {
  std::uint32_t seen = 0;
  while (!list.done()) {
    DerReader member = list.sequence();
    const BytesView oid = member.element(codec::kDerOid);
    if (!member.ok() || oid.size() != arc.size() + 1 || !equal(oid.first(arc.size()), arc)) {
      return bad_extension("a member outside of Intel's arc");
    }
    const std::uint8_t id = oid.back();
    if (id > 31 || (seen >> id & 1U) != 0) {
      return bad_extension("a member that is unknown or there twice");
    }
    seen |= std::uint32_t{1} << id;
    if (!read(id, member) || !member.finish().ok()) {
      return bad_extension("a member that is unknown or not of its form");
    }
  }
  if (!list.finish().ok()) {
    return bad_extension("not a list of members");
  }
  return seen;
}

template <std::size_t N>
bool read_octets(DerReader& r, ByteArray<N>& out) {
  const BytesView value = r.element(codec::kDerOctetString);
  if (!r.ok() || value.size() != N) {
    return false;
  }
  out = to_array<N>(value);
  return true;
}

template <typename T>
bool read_number(DerReader& r, T& out) {
  const std::uint64_t value = r.integer();
  out = static_cast<T>(value);
  return r.ok() && value == out;
}

bool read_boolean(DerReader& r, std::optional<bool>& out) {
  const BytesView value = r.element(kDerBoolean);
  if (!r.ok() || value.size() != 1 || (value[0] != 0 && value[0] != 0xff)) {
    return false;
  }
  out = value[0] != 0;
  return true;
}

bool read_sgx_type(DerReader& r, SgxType& out) {
  const BytesView value = r.element(kDerEnumerated);
  if (!r.ok() || value.size() != 1 || value[0] > 2) {
    return false;
  }
  out = static_cast<SgxType>(value[0]);
  return true;
}

Bytes below(BytesView arc, std::uint8_t id) {
  Bytes out = to_bytes(arc);
  out.push_back(id);
  return out;
}

bool read_tcb(DerReader& value, PckExtension& out) {
  const Result<std::uint32_t> seen =
      read_members(value.sequence(), below(kArc, kTcb), [&out](std::uint8_t id, DerReader& v) {
        if (id >= 1 && id <= 16) {
          return read_number(v, out.tcb.components[id - std::size_t{1}]);
        }
        return id == kPceSvn ? read_number(v, out.tcb.pce_svn)
                             : id == kCpuSvn && read_octets(v, out.cpu_svn);
      });
  return seen.ok() && *seen == bits(1, kCpuSvn);
}

bool read_configuration(DerReader& value, PckConfiguration& out) {
  return read_members(value.sequence(), below(kArc, kConfiguration),
                      [&out](std::uint8_t id, DerReader& v) {
                        switch (id) {
                          case 1:
                            return read_boolean(v, out.dynamic_platform);
                          case 2:
                            return read_boolean(v, out.cached_keys);
                          case 3:
                            return read_boolean(v, out.smt_enabled);
                          default:
                            return false;
                        }
                      })
      .ok();
}

bool read_member(std::uint8_t id, DerReader& value, PckExtension& out) {
  switch (id) {
    case kPpid:
      return read_octets(value, out.ppid);
    case kTcb:
      return read_tcb(value, out);
    case kPceId:
      return read_octets(value, out.pce_id);
    case kFmspc:
      return read_octets(value, out.fmspc);
    case kSgxTypeMember:
      return read_sgx_type(value, out.sgx_type);
    case kPlatformInstanceId:
      return read_octets(value, out.platform_instance_id.emplace());
    case kConfiguration:
      return read_configuration(value, out.configuration.emplace());
    default:
      return false;
  }
}

Bytes element(std::uint8_t tag, BytesView contents) {
  Bytes out = {tag};
  const std::size_t size = contents.size();
  if (size >= 0x100) {
    out.push_back(0x82);
    out.push_back(static_cast<std::uint8_t>(size >> 8));
  } else if (size >= 0x80) {
    out.push_back(0x81);
  }
  out.push_back(static_cast<std::uint8_t>(size));
  append(out, contents);
  return out;
}

Bytes integer(std::uint16_t value) {
  Bytes contents;
  const auto high = static_cast<std::uint8_t>(value >> 8);
  const auto low = static_cast<std::uint8_t>(value);
  if (high >= 0x80 || (high == 0 && low >= 0x80)) {
    contents.push_back(0);
  }
  if (high != 0) {
    contents.push_back(high);
  }
  contents.push_back(low);
  return element(codec::kDerInteger, contents);
}

void add_member(Bytes& to, BytesView arc, std::uint8_t id, BytesView value) {
  const Bytes oid = element(codec::kDerOid, below(arc, id));
  append(to, element(codec::kDerSequence, concat({oid, value})));
}

Bytes tcb_value(const PckExtension& e) {
  const Bytes arc = below(kArc, kTcb);
  Bytes members;
  for (std::uint8_t i = 0; i < 16; ++i) {
    add_member(members, arc, static_cast<std::uint8_t>(i + 1), integer(e.tcb.components[i]));
  }
  add_member(members, arc, kPceSvn, integer(e.tcb.pce_svn));
  add_member(members, arc, kCpuSvn, element(codec::kDerOctetString, e.cpu_svn));
  return element(codec::kDerSequence, members);
}

Bytes configuration_value(const PckConfiguration& c) {
  const Bytes arc = below(kArc, kConfiguration);
  Bytes members;
  std::uint8_t id = 0;
  for (const std::optional<bool>& flag : {c.dynamic_platform, c.cached_keys, c.smt_enabled}) {
    ++id;
    if (flag) {
      const ByteArray<1> value = {static_cast<std::uint8_t>(*flag ? 0xff : 0)};
      add_member(members, arc, id, element(kDerBoolean, value));
    }
  }
  return element(codec::kDerSequence, members);
}

}  // namespace

Result<PckExtension> parse_pck_extension(BytesView value) {
  PckExtension out;
  DerReader outer(value, "SGX extension");
  DerReader list = outer.sequence();
  if (!outer.finish().ok()) {
    return bad_extension("not one SEQUENCE");
  }
  CLAUSTRUM_TRY_ASSIGN(const std::uint32_t seen,
                       read_members(std::move(list), kArc, [&out](std::uint8_t id, DerReader& v) {
                         return read_member(id, v, out);
                       }));
  if ((seen & bits(kPpid, kSgxTypeMember)) != bits(kPpid, kSgxTypeMember)) {
    return bad_extension("a member is missing");
  }
  return out;
}

Bytes serialize_pck_extension(const PckExtension& e) {
  const auto octets = [](BytesView value) { return element(codec::kDerOctetString, value); };
  Bytes members;
  add_member(members, kArc, kPpid, octets(e.ppid));
  add_member(members, kArc, kTcb, tcb_value(e));
  add_member(members, kArc, kPceId, octets(e.pce_id));
  add_member(members, kArc, kFmspc, octets(e.fmspc));
  const ByteArray<1> type = {static_cast<std::uint8_t>(e.sgx_type)};
  add_member(members, kArc, kSgxTypeMember, element(kDerEnumerated, type));
  if (e.platform_instance_id) {
    add_member(members, kArc, kPlatformInstanceId, octets(*e.platform_instance_id));
  }
  if (e.configuration) {
    add_member(members, kArc, kConfiguration, configuration_value(*e.configuration));
  }
  return element(codec::kDerSequence, members);
}

}  // namespace claustrum::evidence::dcap
