// SPDX-License-Identifier: Apache-2.0
// TOML 1.0 through toml++, turned into our Json value: tables to objects, no dates, no floats
// (malformed "toml.type"), bounded size, depth and count (exhausted "toml.limit"); at most 4096
// full stops in a text. For policies, init-data and configuration. Members come sorted by key.
#pragma once

#include "claustrum/codec/json.h"

namespace claustrum::codec {

Result<Json> parse_toml(BytesView text, const JsonLimits& limits = {});

}  // namespace claustrum::codec
