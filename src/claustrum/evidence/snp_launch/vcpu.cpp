// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp_launch/vcpu.h"

#include <algorithm>

namespace claustrum::evidence::snp_launch {
namespace {

struct VcpuType {
  std::string_view name;
  unsigned family;
  unsigned model;
  unsigned stepping;
};

// [QEMU, target/i386/cpu.c]; a version (-vN) changes features, never the signature.
constexpr VcpuType kTypes[] = {
    {"EPYC", 23, 1, 2},          {"EPYC-v1", 23, 1, 2},       {"EPYC-v2", 23, 1, 2},
    {"EPYC-v3", 23, 1, 2},       {"EPYC-v4", 23, 1, 2},       {"EPYC-IBPB", 23, 1, 2},
    {"EPYC-Rome", 23, 49, 0},    {"EPYC-Rome-v1", 23, 49, 0}, {"EPYC-Rome-v2", 23, 49, 0},
    {"EPYC-Rome-v3", 23, 49, 0}, {"EPYC-Milan", 25, 1, 1},    {"EPYC-Milan-v1", 25, 1, 1},
    {"EPYC-Milan-v2", 25, 1, 1}, {"EPYC-Genoa", 25, 17, 0},   {"EPYC-Genoa-v1", 25, 17, 0},
    {"EPYC-Turin", 26, 0, 0}};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::uint32_t vcpu_signature(unsigned family, unsigned model, unsigned stepping) {
  const unsigned base = std::min(family, 15U);
  const unsigned extended = family - base;
  return (extended & 0xFFU) << 20 | (model >> 4 & 0xFU) << 16 | base << 8 | (model & 0xFU) << 4 |
         (stepping & 0xFU);
}

Result<std::uint32_t> signature_of_type(std::string_view name) {
  for (const VcpuType& type : kTypes) {
    if (same_name(type.name, name)) {
      return vcpu_signature(type.family, type.model, type.stepping);
    }
  }
  std::string known;
  for (const std::string_view type : vcpu_types()) {
    known += (known.empty() ? "" : ", ") + std::string(type);
  }
  return Error(Code::kUnsupported, "launch.vcpu_type", "known vCPU types: " + known);
}

std::vector<std::string_view> vcpu_types() {
  std::vector<std::string_view> out;
  for (const VcpuType& type : kTypes) {
    out.push_back(type.name);
  }
  return out;
}

}  // namespace claustrum::evidence::snp_launch
