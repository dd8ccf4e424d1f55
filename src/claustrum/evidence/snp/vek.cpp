// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp/vek.h"

#include <algorithm>

#include "claustrum/codec/der.h"
#include "claustrum/codec/hex.h"

namespace claustrum::evidence::snp {
namespace {

Error bad_extension(std::string_view oid) {
  return Error(Code::kMalformed, "snp.vek.extension", std::string(oid) + " is not of its form");
}

Result<std::optional<std::uint64_t>> integer(const crypto::Certificate& c, std::string_view oid,
                                             std::uint64_t max) {
  const std::optional<Bytes> value = c.extension(oid);
  if (!value) {
    return std::optional<std::uint64_t>();
  }
  codec::DerReader r(*value, "AMD extension");
  const std::uint64_t number = r.integer();
  if (!r.finish().ok() || number > max) {
    return bad_extension(oid);
  }
  return std::optional<std::uint64_t>(number);
}

Status read_spl(const crypto::Certificate& c, std::string_view oid,
                std::optional<std::uint8_t>& out) {
  CLAUSTRUM_TRY_ASSIGN(const std::optional<std::uint64_t> value, integer(c, oid, 0xFF));
  if (value) {
    out = static_cast<std::uint8_t>(*value);
  }
  return ok_status();
}

Result<std::optional<std::string>> ia5(const crypto::Certificate& c, std::string_view oid) {
  const std::optional<Bytes> value = c.extension(oid);
  if (!value) {
    return std::optional<std::string>();
  }
  codec::DerReader r(*value, "AMD extension");
  const BytesView text = r.element(codec::kDerIa5String);
  const bool printable =
      std::ranges::all_of(text, [](std::uint8_t byte) { return byte >= 0x20 && byte < 0x7F; });
  if (!r.finish().ok() || text.empty() || text.size() > 256 || !printable) {
    return bad_extension(oid);
  }
  return std::optional<std::string>(as_text(text));
}

// Raw where the length is that of a chip id, else an OCTET STRING of exactly that length. Looking
// for a tag first would misread chips whose id begins with 0x04.
Result<std::optional<Bytes>> hwid(const crypto::Certificate& c) {
  constexpr std::string_view kOid = "1.3.6.1.4.1.3704.1.4";
  std::optional<Bytes> value = c.extension(kOid);
  const auto is_id = [](BytesView id) {
    return id.size() == kHwidLen || id.size() == kTurinHwidLen;
  };
  if (!value || is_id(*value)) {
    return value;
  }
  codec::DerReader r(*value, "HWID");
  const BytesView inner = r.element(codec::kDerOctetString);
  if (!r.finish().ok() || !is_id(inner)) {
    return bad_extension(kOid);
  }
  return std::optional<Bytes>(to_bytes(inner));
}

void set_spl(codec::Json& out, std::string_view name, const std::optional<std::uint8_t>& value) {
  if (value) {
    out.set(name, std::int64_t{*value});
  }
}

}  // namespace

std::string_view VekExtensions::product() const {
  return std::string_view(product_name).substr(0, product_name.find('-'));
}

Result<VekExtensions> parse_vek_extensions(const crypto::Certificate& c) {
  VekExtensions out;
  CLAUSTRUM_TRY_ASSIGN(const auto version, integer(c, "1.3.6.1.4.1.3704.1.1", 0xFFFF));
  out.struct_version = version.value_or(0);
  CLAUSTRUM_TRY_ASSIGN(const auto name, ia5(c, "1.3.6.1.4.1.3704.1.2"));
  out.product_name = name.value_or("");
  CLAUSTRUM_TRY(read_spl(c, "1.3.6.1.4.1.3704.1.3.1", out.bootloader));
  CLAUSTRUM_TRY(read_spl(c, "1.3.6.1.4.1.3704.1.3.2", out.tee));
  CLAUSTRUM_TRY(read_spl(c, "1.3.6.1.4.1.3704.1.3.3", out.snp));
  CLAUSTRUM_TRY(read_spl(c, "1.3.6.1.4.1.3704.1.3.4", out.reserved[0]));
  CLAUSTRUM_TRY(read_spl(c, "1.3.6.1.4.1.3704.1.3.5", out.reserved[1]));
  CLAUSTRUM_TRY(read_spl(c, "1.3.6.1.4.1.3704.1.3.6", out.reserved[2]));
  CLAUSTRUM_TRY(read_spl(c, "1.3.6.1.4.1.3704.1.3.7", out.reserved[3]));
  CLAUSTRUM_TRY(read_spl(c, "1.3.6.1.4.1.3704.1.3.8", out.microcode));
  CLAUSTRUM_TRY(read_spl(c, "1.3.6.1.4.1.3704.1.3.9", out.fmc));
  CLAUSTRUM_TRY_ASSIGN(out.hwid, hwid(c));
  CLAUSTRUM_TRY_ASSIGN(out.csp_id, ia5(c, "1.3.6.1.4.1.3704.1.5"));
  return out;
}

codec::Json to_json(const VekExtensions& e) {
  codec::Json out = codec::Json::object();
  out.set("struct_version", static_cast<std::int64_t>(e.struct_version));
  out.set("product_name", e.product_name);
  set_spl(out, "fmc", e.fmc);
  set_spl(out, "bootloader", e.bootloader);
  set_spl(out, "tee", e.tee);
  set_spl(out, "snp", e.snp);
  set_spl(out, "spl4", e.reserved[0]);
  set_spl(out, "spl5", e.reserved[1]);
  set_spl(out, "spl6", e.reserved[2]);
  set_spl(out, "spl7", e.reserved[3]);
  set_spl(out, "microcode", e.microcode);
  if (e.hwid) {
    out.set("hwid", codec::hex_encode(*e.hwid));
  }
  if (e.csp_id) {
    out.set("csp_id", *e.csp_id);
  }
  return out;
}

}  // namespace claustrum::evidence::snp
