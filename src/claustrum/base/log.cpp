// SPDX-License-Identifier: Apache-2.0
#include "claustrum/base/log.h"

#include <unistd.h>

#include <string>

#include "claustrum/base/clock.h"

namespace claustrum {

void FdLog::event(Literal name, std::initializer_list<LogField> fields) {
  // Keys and text values are literals of ours: plain identifiers that need no JSON escaping.
  std::string line = "{\"time\":\"" + format_rfc3339(SystemClock().now()) + "\",\"event\":\"";
  line.append(name.text()).append("\"");
  for (const LogField& field : fields) {
    line.append(",\"").append(field.key.text()).append("\":");
    if (field.is_text) {
      line.append("\"").append(field.text).append("\"");
    } else {
      line.append(std::to_string(field.number));
    }
  }
  line.append("}\n");
  const std::lock_guard lock(mutex_);
  (void)!::write(fd_, line.data(), line.size());
}

}  // namespace claustrum
