// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/tcb_info.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include "claustrum/base/guard.h"
#include "claustrum/base/reader.h"
#include "claustrum/evidence/dcap/document.h"

namespace claustrum::evidence::dcap {
namespace {

using codec::Json;

constexpr std::int64_t kMaxComponent = 0xff;
constexpr std::int64_t kMaxSvn = 0xffff;
constexpr std::size_t kMaxModuleIdLen = 32;

constexpr std::pair<std::string_view, TcbStatus> kStatuses[] = {
    {"UpToDate", TcbStatus::kUpToDate},
    {"SWHardeningNeeded", TcbStatus::kSwHardeningNeeded},
    {"ConfigurationNeeded", TcbStatus::kConfigurationNeeded},
    {"ConfigurationAndSWHardeningNeeded", TcbStatus::kConfigurationAndSwHardeningNeeded},
    {"OutOfDate", TcbStatus::kOutOfDate},
    {"OutOfDateConfigurationNeeded", TcbStatus::kOutOfDateConfigurationNeeded},
    {"Revoked", TcbStatus::kRevoked},
};

// Version 3: an array of objects, exactly as many as there are components.
Result<Components> components_at(const Json& tcb, std::string_view key) {
  Components out{};
  CLAUSTRUM_TRY_ASSIGN(const Json::Array* list, list_at(tcb, key, out.size(), out.size()));
  for (std::size_t i = 0; i < out.size(); ++i) {
    CLAUSTRUM_TRY_ASSIGN(const std::int64_t svn, number_at((*list)[i], "svn", kMaxComponent));
    out[i] = static_cast<std::uint8_t>(svn);
  }
  return out;
}

// Version 2: sgxtcbcomp01svn to sgxtcbcomp16svn.
Result<Components> numbered_components(const Json& tcb) {
  Components out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    const std::string key = (i < 9 ? "sgxtcbcomp0" : "sgxtcbcomp") + number + "svn";
    CLAUSTRUM_TRY_ASSIGN(const std::int64_t svn, number_at(tcb, key, kMaxComponent));
    out[i] = static_cast<std::uint8_t>(svn);
  }
  return out;
}

Result<TcbLevel> read_level(const Json& value, const TcbInfo& info) {
  TcbLevel out;
  CLAUSTRUM_TRY_ASSIGN(const Json* tcb, object_in(value, "tcb"));
  CLAUSTRUM_TRY_ASSIGN(out.sgx, info.version == 2 ? numbered_components(*tcb)
                                                  : components_at(*tcb, "sgxtcbcomponents"));
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t pce_svn, number_at(*tcb, "pcesvn", kMaxSvn));
  out.pce_svn = static_cast<std::uint16_t>(pce_svn);
  if (info.id == kIdTdx) {
    CLAUSTRUM_TRY_ASSIGN(out.tdx, components_at(*tcb, "tdxtcbcomponents"));
  }
  CLAUSTRUM_TRY_ASSIGN(out.date, date_at(value, "tcbDate"));
  CLAUSTRUM_TRY_ASSIGN(out.status, status_at(value));
  CLAUSTRUM_TRY_ASSIGN(out.advisories, advisories_at(value));
  return out;
}

Result<TdxModule> read_module(const Json& value) {
  TdxModule out;
  CLAUSTRUM_TRY_ASSIGN(out.mr_signer, hex_in<48>(value, "mrsigner"));
  CLAUSTRUM_TRY_ASSIGN(const ByteArray<8> attributes, hex_in<8>(value, "attributes"));
  CLAUSTRUM_TRY_ASSIGN(const ByteArray<8> mask, hex_in<8>(value, "attributesMask"));
  out.attributes = ByteReader(attributes, "attributes").u64le();
  out.attributes_mask = ByteReader(mask, "attributesMask").u64le();
  return out;
}

Result<TdxModuleIdentity> read_module_identity(const Json& value) {
  TdxModuleIdentity out;
  CLAUSTRUM_TRY_ASSIGN(out.id, value.string_at("id"));
  if (out.id.empty() || out.id.size() > kMaxModuleIdLen) {
    return Error(Code::kMalformed, "dcap.document", "a module's id");
  }
  CLAUSTRUM_TRY_ASSIGN(out.module, read_module(value));
  CLAUSTRUM_TRY_ASSIGN(out.levels, svn_levels_at(value));
  return out;
}

Status read_modules(const Json& document, TcbInfo& out) {
  CLAUSTRUM_TRY_ASSIGN(const Json* module, object_in(document, "tdxModule"));
  CLAUSTRUM_TRY_ASSIGN(out.tdx_module, read_module(*module));
  if (document.find("tdxModuleIdentities") == nullptr) {
    return ok_status();
  }
  CLAUSTRUM_TRY_ASSIGN(const Json::Array* list,
                       list_at(document, "tdxModuleIdentities", 0, kMaxModules));
  for (const Json& value : *list) {
    CLAUSTRUM_TRY_ASSIGN(TdxModuleIdentity identity, read_module_identity(value));
    // Two entries for one module would let their order decide.
    if (find_module(out, identity.id) != nullptr) {
      return Error(Code::kMalformed, "dcap.document", "a module occurs twice");
    }
    out.tdx_module_identities.push_back(std::move(identity));
  }
  return ok_status();
}

Status read_levels(const Json& document, TcbInfo& out) {
  CLAUSTRUM_TRY_ASSIGN(const Json::Array* list, list_at(document, "tcbLevels", 1, kMaxLevels));
  for (const Json& value : *list) {
    CLAUSTRUM_TRY_ASSIGN(TcbLevel level, read_level(value, out));
    out.levels.push_back(std::move(level));
  }
  const auto versions = [](const TcbLevel& level) {
    return std::tie(level.sgx, level.pce_svn, level.tdx);
  };
  std::ranges::sort(out.levels, std::ranges::greater(), versions);
  // Two levels of the same versions would let their order decide.
  if (std::ranges::adjacent_find(out.levels, {}, versions) != out.levels.end()) {
    return Error(Code::kMalformed, "dcap.document", "a level occurs twice");
  }
  return ok_status();
}

// Version and kind decide how the rest is read.
Status read_kind(const Json& document, TcbInfo& out) {
  CLAUSTRUM_TRY_ASSIGN(out.version, document.integer_at("version"));
  if (out.version != 2 && out.version != 3) {
    return Error(Code::kUnsupported, "dcap.tcb_info_version",
                 "TCB Info version " + std::to_string(out.version));
  }
  out.id = kIdSgx;
  if (out.version == 3) {
    CLAUSTRUM_TRY_ASSIGN(out.id, document.string_at("id"));
  }
  if (out.id != kIdSgx && out.id != kIdTdx) {
    return Error(Code::kMalformed, "dcap.document", "member \"id\"");
  }
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t type, number_at(document, "tcbType", kMaxSvn));
  // Type 0 is what makes the components of the PCK certificate comparable one by one.
  if (!CLAUSTRUM_GUARD("evidence.dcap.tcb_type", type == 0)) {
    return Error(Code::kUnsupported, "dcap.tcb_type", "tcbType " + std::to_string(type));
  }
  return ok_status();
}

Result<TcbInfo> read_tcb_info(BytesView json) {
  CLAUSTRUM_TRY_ASSIGN(const Json document, parse_document(json, kMaxTcbInfoLen));
  TcbInfo out;
  CLAUSTRUM_TRY(read_kind(document, out));
  CLAUSTRUM_TRY_ASSIGN(out.issue_date, date_at(document, "issueDate"));
  CLAUSTRUM_TRY_ASSIGN(out.next_update, date_at(document, "nextUpdate"));
  CLAUSTRUM_TRY_ASSIGN(out.fmspc, hex_in<6>(document, "fmspc"));
  CLAUSTRUM_TRY_ASSIGN(out.pce_id, hex_in<2>(document, "pceId"));
  CLAUSTRUM_TRY_ASSIGN(out.evaluation_data_number,
                       number_at(document, "tcbEvaluationDataNumber", kMaxEvaluationNumber));
  if (out.id == kIdTdx) {
    CLAUSTRUM_TRY(read_modules(document, out));
  }
  CLAUSTRUM_TRY(read_levels(document, out));
  return out;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string_view to_string(TcbStatus status) {
  for (const auto& [name, value] : kStatuses) {
    if (value == status) {
      return name;
    }
  }
  return status == TcbStatus::kTdRelaunchAdvised ? "TDRelaunchAdvised"
                                                 : "TDRelaunchAdvisedConfigurationNeeded";
}

Result<TcbStatus> parse_tcb_status(std::string_view text) {
  for (const auto& [name, value] : kStatuses) {
    if (name == text) {
      return value;
    }
  }
  return Error(Code::kMalformed, "dcap.tcb_status", "a TCB status nobody knows");
}

const TdxModuleIdentity* find_module(const TcbInfo& info, std::string_view id) {
  const auto at =
      std::ranges::find_if(info.tdx_module_identities, [&](const TdxModuleIdentity& identity) {
        return std::ranges::equal(identity.id, id, {}, lower, lower);
      });
  return at == info.tdx_module_identities.end() ? nullptr : &*at;
}

Result<TcbInfo> parse_tcb_info(BytesView json) {
  Result<TcbInfo> info = read_tcb_info(json);
  if (!info.ok()) {
    return document_fault(info.error(), "dcap.tcb_info");
  }
  return info;
}

}  // namespace claustrum::evidence::dcap
