// SPDX-License-Identifier: Apache-2.0
// Several requests end at once and share a document, so each write has a temporary file of its own.
#include "claustrum/gateway/proxy/receipt_box.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/json.h"
#include "claustrum/crypto/random.h"

namespace claustrum::gateway {

namespace {

constexpr const char* kFolders[] = {"/receipts", "/openings", "/documents"};

Error cannot_store() {
  return Error(Code::kUnavailable, "receipt.store", "cannot write to the receipt folder");
}

Status make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return cannot_store();
  }
  return ok_status();
}

Status make_folders(const std::string& folder) {
  CLAUSTRUM_TRY(make_folder(folder));
  for (const char* name : kFolders) {
    CLAUSTRUM_TRY(make_folder(folder + name));
  }
  return ok_status();
}

bool write_all(int fd, BytesView contents) {
  while (!contents.empty()) {
    const ssize_t count = ::write(fd, contents.data(), contents.size());
    if (count <= 0) {
      return false;
    }
    contents = contents.subspan(static_cast<std::size_t>(count));
  }
  return ::fsync(fd) == 0;
}

// Whole or not at all: a temporary file (0600), flushed, then renamed.
Status write_file(const std::string& path, BytesView contents) {
  const std::string temporary = path + "." + codec::hex_encode(crypto::random_array<8>());
  const int fd =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) {
    return cannot_store();
  }
  bool ok = write_all(fd, contents);
  ok = ::close(fd) == 0 && ok;
  ok = ok && std::rename(temporary.c_str(), path.c_str()) == 0;
  if (!ok) {
    (void)::unlink(temporary.c_str());
    return cannot_store();
  }
  return ok_status();
}

// The name of a document is its digest: what is there is right.
Status write_document(const std::string& path, BytesView contents) {
  return ::access(path.c_str(), F_OK) == 0 ? ok_status() : write_file(path, contents);
}

}  // namespace

Status prepare_receipt_folder(const std::string& folder) {
  CLAUSTRUM_TRY(make_folders(folder));
  for (const char* name : kFolders) {
    const std::string probe = folder + name + "/.probe";
    CLAUSTRUM_TRY(write_file(probe, {}));
    (void)::unlink(probe.c_str());
  }
  return ok_status();
}

Status store_receipt(const std::string& folder, const ReceiptFile& file) {
  CLAUSTRUM_TRY(make_folders(folder));
  CLAUSTRUM_TRY(
      write_document(folder + "/documents/" + file.document_sha256 + ".json", file.document));
  codec::Json opening = codec::Json::object();
  opening.set("version", 1)
      .set("request-id", file.request_id)
      .set("request-salt", codec::base64_encode(BytesView(file.salts).first(32)))
      .set("answer-salt", codec::base64_encode(BytesView(file.salts).subspan(32)));
  CLAUSTRUM_TRY(write_file(folder + "/openings/" + file.request_id + ".json",
                           as_bytes(codec::to_json(opening))));
  return write_file(folder + "/receipts/" + file.request_id + ".cose", file.receipt);
}

}  // namespace claustrum::gateway
