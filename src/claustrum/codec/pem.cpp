// SPDX-License-Identifier: Apache-2.0
#include "claustrum/codec/pem.h"

#include "claustrum/codec/base64.h"

namespace claustrum::codec {

namespace {

constexpr std::size_t kMaxBlocks = 16;
constexpr std::size_t kMaxBlock = 64 * 1024;
constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kDashes = "-----";

Error malformed(const char* text) {
  return Error(Code::kMalformed, "pem.malformed", text);
}

}  // namespace

std::string pem_encode(std::string_view label, BytesView der) {
  const std::string body = base64_encode(der);
  std::string out = "-----BEGIN " + std::string(label) + "-----\n";
  for (std::size_t i = 0; i < body.size(); i += 64) {
    out.append(body, i, 64).append("\n");
  }
  return out + "-----END " + std::string(label) + "-----\n";
}

Result<std::vector<PemBlock>> pem_decode(BytesView data) {
  std::string_view text = as_text(data);
  std::vector<PemBlock> out;
  for (std::size_t begin = text.find(kBegin); begin != std::string_view::npos;
       begin = text.find(kBegin)) {
    if (out.size() == kMaxBlocks) {
      return Error(Code::kExhausted, "pem.count", "too many PEM blocks");
    }
    text.remove_prefix(begin + kBegin.size());
    const std::size_t label_end = text.find(kDashes);
    if (label_end == std::string_view::npos || label_end > 64) {
      return malformed("BEGIN line");
    }
    PemBlock block;
    block.label = text.substr(0, label_end);
    text.remove_prefix(label_end + kDashes.size());
    const std::string end_line = "-----END " + block.label + "-----";
    const std::size_t end = text.find(end_line);
    if (end == std::string_view::npos) {
      return malformed("no END line");
    }
    if (end > kMaxBlock * 2) {
      return Error(Code::kExhausted, "pem.size", "PEM block over its size limit");
    }
    std::string body;
    for (const char c : text.substr(0, end)) {
      if (c != '\n' && c != '\r' && c != ' ' && c != '\t') {
        body.push_back(c);
      }
    }
    CLAUSTRUM_TRY_ASSIGN(block.der, base64_decode(body));
    text.remove_prefix(end + end_line.size());
    out.push_back(std::move(block));
  }
  if (out.empty()) {
    return Error(Code::kMalformed, "pem.empty", "no PEM block");
  }
  return out;
}

bool looks_like_pem(BytesView data) {
  return as_text(data).find(kBegin) != std::string_view::npos;
}

}  // namespace claustrum::codec
