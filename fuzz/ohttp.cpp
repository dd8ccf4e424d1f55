// SPDX-License-Identifier: Apache-2.0
// Key configurations, sealed requests and sealed answers from anybody: bounded, and nothing opens
// that was not sealed.
#include <cstdint>

#include "claustrum/channel/ohttp.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claustrum::channel;
  static const std::shared_ptr<OhttpKey> key = OhttpKey::generate(1);
  const claustrum::BytesView input(data, size);
  (void)parse_key_config(input);
  const auto configs = parse_key_configs(input);
  if (configs.ok() && serialize_key_configs(*configs).size() > size) {
    __builtin_trap();
  }
  ChunkedRequestOpener request({key});
  if (request.feed(input).ok() && std::move(request).finish().ok()) {
    __builtin_trap();
  }
  auto sealed = seal_request(key->config(), claustrum::as_bytes("request"));
  if (sealed.ok() && sealed->opener.feed(input).ok() && std::move(sealed->opener).finish().ok()) {
    __builtin_trap();
  }
  return 0;
}
