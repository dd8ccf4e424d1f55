// SPDX-License-Identifier: Apache-2.0
// Reads PEM line by line. BEGIN and END count at the start of a line only, as OpenSSL has it: a
// block in mid-line that one reader sees and another does not would be two certificate lists.
#include "claustrum/codec/pem.h"

#include <algorithm>
#include <optional>

#include "claustrum/codec/base64.h"

namespace claustrum::codec {

namespace {

constexpr std::size_t kMaxBlocks = 16;
constexpr std::size_t kMaxBlock = 64 * 1024;
constexpr std::size_t kMaxBody = (kMaxBlock + 2) / 3 * 4;
constexpr std::size_t kMaxLabel = 64;
constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";

Error malformed(const char* text) {
  return Error(Code::kMalformed, "pem.malformed", text);
}

// Takes the next line off `text`, without its end and trailing blanks.
std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) {
    line.remove_suffix(1);
  }
  return line;
}

// "-----BEGIN X509 CRL-----" gives "X509 CRL".
Result<std::string> label_of(std::string_view line) {
  line.remove_prefix(kBegin.size());
  if (!line.ends_with(kDashes)) {
    return malformed("BEGIN line");
  }
  line.remove_suffix(kDashes.size());
  const bool plain = std::all_of(line.begin(), line.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ';
  });
  if (line.empty() || line.size() > kMaxLabel || !plain) {
    return malformed("label");
  }
  return std::string(line);
}

Result<PemBlock> decode_block(const std::string& label, std::string_view body) {
  Result<Bytes> der = base64_decode(body);
  if (!der.ok() || der.value().empty()) {
    return malformed("not a block of base64");
  }
  if (der.value().size() > kMaxBlock) {
    return Error(Code::kExhausted, "pem.size", "PEM block over its size limit");
  }
  return PemBlock{label, std::move(der).value()};
}

}  // namespace

std::string pem_encode(std::string_view label, BytesView der) {
  const std::string body = base64_encode(der);
  std::string out = std::string(kBegin) + std::string(label) + "-----\n";
  for (std::size_t i = 0; i < body.size(); i += 64) {
    out.append(body, i, 64).append("\n");
  }
  return out + std::string(kEnd) + std::string(label) + "-----\n";
}

Result<std::vector<PemBlock>> pem_decode(BytesView data) {
  std::string_view text = as_text(data);
  std::vector<PemBlock> out;
  std::string label;  // of the block we are in; empty outside
  std::string body;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (label.empty()) {
      if (line.starts_with(kEnd)) {
        return malformed("END without BEGIN");
      }
      if (line.starts_with(kBegin)) {
        if (out.size() == kMaxBlocks) {
          return Error(Code::kExhausted, "pem.count", "too many PEM blocks");
        }
        CLAUSTRUM_TRY_ASSIGN(label, label_of(line));
        body.clear();
      }
    } else if (line.starts_with(kDashes)) {
      if (line != std::string(kEnd) + label + "-----") {
        return malformed("END line");
      }
      CLAUSTRUM_TRY_ASSIGN(PemBlock block, decode_block(label, body));
      out.push_back(std::move(block));
      label.clear();
    } else if (body.size() + line.size() > kMaxBody) {
      return Error(Code::kExhausted, "pem.size", "PEM block over its size limit");
    } else {
      body.append(line);
    }
  }
  if (!label.empty()) {
    return malformed("no END line");
  }
  if (out.empty()) {
    return Error(Code::kMalformed, "pem.empty", "no PEM block");
  }
  return out;
}

bool looks_like_pem(BytesView data) {
  const std::string_view text = as_text(data);
  return text.starts_with(kBegin) || text.find("\n-----BEGIN ") != std::string_view::npos;
}

}  // namespace claustrum::codec
