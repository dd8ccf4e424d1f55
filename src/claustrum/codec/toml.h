// SPDX-License-Identifier: Apache-2.0
// TOML 1.0 through toml++, turned into our Json value: tables to objects, no dates, no floats
// (malformed "toml.type"), bounded size and depth. For policies, init-data and configuration.
#pragma once

#include "claustrum/codec/json.h"

namespace claustrum::codec {

Result<Json> parse_toml(BytesView text, const JsonLimits& limits = {});

}  // namespace claustrum::codec
