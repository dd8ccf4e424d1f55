// SPDX-License-Identifier: Apache-2.0
// Where a client keeps what it may want to prove later: receipts and the documents they name, and
// apart from them the openings, which together with the user's own copy of request and answer show
// what was said. Neither prompt nor answer is stored.
#pragma once

#include <string>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::gateway {

struct ReceiptFile {
  std::string request_id;       // hex
  Bytes receipt;                // COSE
  Bytes salts;                  // request salt, answer salt
  std::string document_sha256;  // hex
  BytesView document;
};

// Makes the folders and writes to each: better known before anything is asked than after the answer
// came. Unavailable "receipt.store".
Status prepare_receipt_folder(const std::string& folder);

// receipts/<id>.cose, openings/<id>.json and documents/<sha256>.json under `folder` (0700), in the
// opposite order: a receipt is there only with what it needs. Unavailable "receipt.store".
Status store_receipt(const std::string& folder, const ReceiptFile& file);

}  // namespace claustrum::gateway
