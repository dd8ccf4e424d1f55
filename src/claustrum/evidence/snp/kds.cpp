// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp/kds.h"

#include "claustrum/codec/hex.h"

namespace claustrum::evidence::snp {
namespace {

std::string base(std::string_view product, LeafKind kind) {
  const char* kind_path = kind == LeafKind::kVlek ? "vlek" : "vcek";
  return std::string("https://kdsintf.amd.com/") + kind_path + "/v1/" + std::string(product) + "/";
}

}  // namespace

std::string kds_vcek_url(std::string_view product, BytesView chip_id, const Tcb& tcb) {
  const bool turin = layout_of_product(product) == TcbLayout::kTurin;
  const BytesView id = turin && chip_id.size() > 8 ? chip_id.first(8) : chip_id;
  std::string out = base(product, LeafKind::kVcek) + codec::hex_encode(id) + "?";
  if (turin) {
    out += "fmcSPL=" + std::to_string(tcb.fmc) + "&";
  }
  return out + "blSPL=" + std::to_string(tcb.bootloader) + "&teeSPL=" + std::to_string(tcb.tee) +
         "&snpSPL=" + std::to_string(tcb.snp) + "&ucodeSPL=" + std::to_string(tcb.microcode);
}

std::string kds_chain_url(std::string_view product, LeafKind kind) {
  return base(product, kind) + "cert_chain";
}

std::string kds_crl_url(std::string_view product, LeafKind kind) {
  return base(product, kind) + "crl";
}

}  // namespace claustrum::evidence::snp
