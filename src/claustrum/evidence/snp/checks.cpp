// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp/checks.h"

#include <algorithm>
#include <tuple>

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/sign.h"
#include "claustrum/evidence/snp/details.h"

namespace claustrum::evidence::snp {
namespace {

std::string levels_text(const TcbRaw& raw, TcbLayout layout) {
  const Tcb tcb = decode_tcb(raw, layout);
  std::string out = layout == TcbLayout::kTurin ? "fmc " + std::to_string(tcb.fmc) + ", " : "";
  return out + "bootloader " + std::to_string(tcb.bootloader) + ", tee " + std::to_string(tcb.tee) +
         ", snp " + std::to_string(tcb.snp) + ", microcode " + std::to_string(tcb.microcode);
}

// FMC exists on Turin only; the reserved SPLs count as zero where a certificate leaves them out.
bool spls_complete(const VekExtensions& e, TcbLayout layout) {
  return e.bootloader && e.tee && e.snp && e.microcode &&
         e.fmc.has_value() == (layout == TcbLayout::kTurin);
}

TcbRaw certified_tcb(const VekExtensions& e, TcbLayout layout) {
  Tcb tcb;
  tcb.fmc = e.fmc.value_or(0);
  tcb.bootloader = e.bootloader.value_or(0);
  tcb.tee = e.tee.value_or(0);
  tcb.snp = e.snp.value_or(0);
  tcb.microcode = e.microcode.value_or(0);
  for (std::size_t i = 0; i < tcb.reserved.size(); ++i) {
    tcb.reserved[i] = e.reserved[i].value_or(0);
  }
  return encode_tcb(tcb, layout);
}

bool platform_meets_policy(const Report& r) {
  const auto asks = [&r](std::uint64_t bit) { return (r.policy & bit) != 0; };
  const auto has = [&r](std::uint64_t bit) { return (r.platform_info & bit) != 0; };
  return (asks(kPolicySmt) || !has(kPlatformSmt)) &&
         (!asks(kPolicyRaplDis) || has(kPlatformRaplDis)) &&
         (!asks(kPolicyCiphertextHiding) || has(kPlatformCiphertextHiding));
}

Result<std::string> check_vlek_binding(const VekExtensions& e) {
  if (!CLAUSTRUM_GUARD("evidence.snp.chip.vlek_hwid", !e.hwid)) {
    return Error(Code::kMismatch, "snp.chip.vlek_hwid", "a VLEK names a chip");
  }
  if (!CLAUSTRUM_GUARD("evidence.snp.chip.csp_missing", e.csp_id.has_value())) {
    return Error(Code::kMismatch, "snp.chip.csp_missing", "a VLEK names no cloud");
  }
  return "no chip: VLEK of " + e.csp_id.value_or("");
}

}  // namespace

Result<std::string> check_format(const Report& r) {
  const bool known = r.version >= kMinVersion && r.version <= kMaxVersion;
  if (!CLAUSTRUM_GUARD("evidence.snp.format.version", known)) {
    return Error(Code::kUnsupported, "snp.format.version",
                 "report version " + std::to_string(r.version));
  }
  if (!CLAUSTRUM_GUARD("evidence.snp.format.algorithm", r.signature_algo == kAlgoEcdsaP384Sha384)) {
    return Error(Code::kUnsupported, "snp.format.algorithm",
                 "signature algorithm " + std::to_string(r.signature_algo));
  }
  return "report version " + std::to_string(r.version);
}

Result<std::string> check_signing_key(const Report& r, LeafKind kind) {
  // Firmware writes zeros instead of a signature when the key is masked.
  if (!CLAUSTRUM_GUARD("evidence.snp.signing_key.masked", !r.masks_chip_key())) {
    return Error(Code::kMismatch, "snp.signing_key.masked", "MASK_CHIP_KEY is set");
  }
  const bool vcek = r.signing_key() == static_cast<std::uint32_t>(SigningKey::kVcek);
  const bool vlek = r.signing_key() == static_cast<std::uint32_t>(SigningKey::kVlek);
  if (!CLAUSTRUM_GUARD("evidence.snp.signing_key.none", vcek || vlek)) {
    return Error(Code::kMismatch, "snp.signing_key.none",
                 "SIGNING_KEY " + std::to_string(r.signing_key()));
  }
  if (!CLAUSTRUM_GUARD("evidence.snp.signing_key.kind", kind == LeafKind::kVlek ? vlek : vcek)) {
    return Error(Code::kMismatch, "snp.signing_key.kind",
                 std::string("SIGNING_KEY names a ") + (vlek ? "VLEK" : "VCEK") +
                     ", the certificate is the other kind");
  }
  return std::string(vlek ? "VLEK" : "VCEK");
}

Result<std::string> check_signature(const Report& r, const crypto::PublicKey& key) {
  const Status status =
      crypto::verify(key, crypto::SigAlg::kEcdsaP384Sha384, r.signed_bytes(), r.signature);
  if (!CLAUSTRUM_GUARD("evidence.snp.signature", status.ok())) {
    return Error(Code::kBadSignature, "snp.signature.invalid",
                 "the report's signature does not verify");
  }
  return std::string("ECDSA P-384 with SHA-384");
}

Result<std::string> check_tcb_binding(const Report& r, const Chain& chain) {
  const TcbLayout layout = layout_of_product(chain.product);
  if (!CLAUSTRUM_GUARD("evidence.snp.tcb_binding.incomplete",
                       spls_complete(chain.extensions, layout))) {
    return Error(Code::kMismatch, "snp.tcb_binding.incomplete",
                 "the certificate's SPL extensions are not those of its product line");
  }
  const TcbRaw certified = certified_tcb(chain.extensions, layout);
  if (!CLAUSTRUM_GUARD("evidence.snp.tcb_binding.mismatch", certified == r.reported_tcb)) {
    return Error(Code::kMismatch, "snp.tcb_binding.mismatch",
                 "the certificate is for " + levels_text(certified, layout) + ", the report for " +
                     levels_text(r.reported_tcb, layout));
  }
  return levels_text(r.reported_tcb, layout);
}

Result<std::string> check_chip_binding(const Report& r, const Chain& chain) {
  const VekExtensions& e = chain.extensions;
  if (chain.kind == LeafKind::kVlek) {
    return check_vlek_binding(e);
  }
  if (!CLAUSTRUM_GUARD("evidence.snp.chip.vcek_csp", !e.csp_id)) {
    return Error(Code::kMismatch, "snp.chip.vcek_csp", "a VCEK names a cloud");
  }
  if (!CLAUSTRUM_GUARD("evidence.snp.chip.masked", !r.chip_id_masked())) {
    return Error(Code::kMismatch, "snp.chip.masked",
                 "the chip id is masked: the report cannot be bound to the certificate's chip");
  }
  const bool turin = layout_of_product(chain.product) == TcbLayout::kTurin;
  const std::size_t len = turin ? kTurinHwidLen : kHwidLen;
  const Bytes hwid = e.hwid.value_or(Bytes());
  if (!CLAUSTRUM_GUARD("evidence.snp.chip.hwid", hwid.size() == len)) {
    return Error(Code::kMismatch, "snp.chip.hwid",
                 "a VCEK of this product line carries " + std::to_string(len) + " bytes of HWID");
  }
  const BytesView id(r.chip_id);
  const bool same = hwid.size() <= id.size() && equal(hwid, id.first(hwid.size())) &&
                    all_zero(id.subspan(hwid.size()));
  if (!CLAUSTRUM_GUARD("evidence.snp.chip.mismatch", same)) {
    return Error(Code::kMismatch, "snp.chip.mismatch",
                 "the certificate is another chip's than the report");
  }
  return "chip " + codec::hex_encode(hwid);
}

Result<std::string> check_product(const Report& r, const Chain& chain) {
  if (!r.has_cpuid()) {
    return chain.product + " by its certificate chain (reports of version 2 carry no CPUID)";
  }
  const std::string_view named = product_of_cpuid(r.cpuid_family, r.cpuid_model);
  if (!CLAUSTRUM_GUARD("evidence.snp.product", named == chain.product)) {
    return Error(Code::kMismatch, "snp.product.mismatch",
                 "CPUID names " + std::string(named) + ", the chain " + chain.product);
  }
  return chain.product;
}

Result<std::string> check_tcb(const Report& r, TcbLayout layout) {
  const bool ordered =
      tcb_at_most(r.reported_tcb, r.committed_tcb) && tcb_at_most(r.committed_tcb, r.current_tcb);
  if (!CLAUSTRUM_GUARD("evidence.snp.tcb.order", ordered)) {
    return Error(Code::kMismatch, "snp.tcb.order",
                 "reported " + levels_text(r.reported_tcb, layout) + "; committed " +
                     levels_text(r.committed_tcb, layout) + "; current " +
                     levels_text(r.current_tcb, layout));
  }
  // Like the TCB: the firmware never runs a version below the one it is committed to.
  const auto number = [](const FirmwareVersion& v) { return std::tie(v.major, v.minor, v.build); };
  if (!CLAUSTRUM_GUARD("evidence.snp.tcb.version_order",
                       number(r.committed_version) <= number(r.current_version))) {
    return Error(Code::kMismatch, "snp.tcb.version_order",
                 "the committed firmware version is above the running one");
  }
  const auto reserved_zero = [layout](const TcbRaw& raw) {
    return all_zero(decode_tcb(raw, layout).reserved);
  };
  const bool zero = std::ranges::all_of(
      std::initializer_list<TcbRaw>{r.reported_tcb, r.committed_tcb, r.current_tcb, r.launch_tcb},
      reserved_zero);
  if (!CLAUSTRUM_GUARD("evidence.snp.tcb.reserved", zero)) {
    return Error(Code::kUnsupported, "snp.tcb.reserved", "a reserved TCB component is not zero");
  }
  return levels_text(r.reported_tcb, layout);
}

Result<std::string> check_debug(const Report& r) {
  if (!CLAUSTRUM_GUARD("evidence.snp.debug", (r.policy & kPolicyDebug) == 0)) {
    return Error(Code::kMismatch, "snp.debug.enabled",
                 "the guest policy lets the host read and write the guest's memory");
  }
  return std::string("off");
}

Result<std::string> check_migration(const Report& r) {
  if (!CLAUSTRUM_GUARD("evidence.snp.migration.allowed", (r.policy & kPolicyMigrateMa) == 0)) {
    return Error(Code::kMismatch, "snp.migration.allowed",
                 "the guest policy allows a migration agent");
  }
  const bool no_agent =
      std::ranges::all_of(r.report_id_ma, [](std::uint8_t byte) { return byte == 0xFF; });
  if (!CLAUSTRUM_GUARD("evidence.snp.migration.agent", no_agent)) {
    return Error(Code::kMismatch, "snp.migration.agent", "the report names a migration agent");
  }
  return std::string("no migration agent");
}

Result<std::string> check_guest_policy(const Report& r) {
  const bool fixed = (r.policy & kPolicyReserved17) != 0 && (r.policy & ~kPolicyKnownBits) == 0;
  if (!CLAUSTRUM_GUARD("evidence.snp.guest_policy", fixed)) {
    return Error(Code::kUnsupported, "snp.guest_policy.reserved",
                 "bit 17 is not one, or a reserved bit is not zero");
  }
  if (!CLAUSTRUM_GUARD("evidence.snp.guest_policy.platform", platform_meets_policy(r))) {
    return Error(Code::kMismatch, "snp.guest_policy.platform",
                 "the guest policy forbids or demands what PLATFORM_INFO says is otherwise");
  }
  return hex_number(r.policy);
}

Result<std::string> check_id_block(const Report& r) {
  const bool signed_by_id_key = !all_zero(r.id_key_digest);
  if (!CLAUSTRUM_GUARD("evidence.snp.id_block.author",
                       r.has_author_key() != all_zero(r.author_key_digest))) {
    return Error(Code::kMismatch, "snp.id_block.author",
                 "AUTHOR_KEY_EN and AUTHOR_KEY_DIGEST disagree");
  }
  const bool nothing_named =
      !r.has_author_key() && all_zero(r.family_id) && all_zero(r.image_id) && r.guest_svn == 0;
  if (!CLAUSTRUM_GUARD("evidence.snp.id_block.unsigned", signed_by_id_key || nothing_named)) {
    return Error(Code::kMismatch, "snp.id_block.unsigned",
                 "fields of an ID block, but no key signed one");
  }
  if (!signed_by_id_key) {
    return std::string("launched without an ID block");
  }
  const std::string author =
      r.has_author_key() ? ", author key " + codec::hex_encode(r.author_key_digest) : "";
  return "ID key " + codec::hex_encode(r.id_key_digest) + author;
}

Result<std::string> check_vmpl(const Report& r) {
  // The host may ask the firmware for reports too; those say nothing about a guest's request.
  if (!CLAUSTRUM_GUARD("evidence.snp.vmpl.host", r.vmpl != kHostVmpl)) {
    return Error(Code::kMismatch, "snp.vmpl.host", "the host asked for this report, not the guest");
  }
  if (!CLAUSTRUM_GUARD("evidence.snp.vmpl.range", r.vmpl <= 3 || r.vmpl == kHostVmpl)) {
    return Error(Code::kMismatch, "snp.vmpl.range", "VMPL " + std::to_string(r.vmpl));
  }
  return "VMPL " + std::to_string(r.vmpl);
}

}  // namespace claustrum::evidence::snp
