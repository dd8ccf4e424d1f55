// SPDX-License-Identifier: Apache-2.0
// Evidence inside JSON objects as guests, agents and attestation services write them: Trustee's
// {cc_eventlog, quote}, dstack's {quote, event_log}, requests to Intel Trust Authority and
// Microsoft Azure Attestation, configfs-tsm's {outblob, auxblob}, and objects that hold such a one
// by the name of the TEE. For the readers of containers (envelope.h).
#pragma once

#include "claustrum/codec/json.h"
#include "claustrum/evidence/core/envelope.h"

namespace claustrum::evidence {

// Malformed "envelope.json".
Result<Unwrapped> unwrap_json_object(const codec::Json& object);

}  // namespace claustrum::evidence
