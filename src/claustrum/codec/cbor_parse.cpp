// SPDX-License-Identifier: Apache-2.0
// Reads one CBOR item and all it holds. Recursion is bounded by max_depth, work by max_items, and
// no declared length or count is believed beyond the bytes that are there.
#include <bit>
#include <cmath>
#include <set>

#include "claustrum/codec/cbor.h"
#include "claustrum/codec/utf8.h"

namespace claustrum::codec {

namespace {

constexpr std::uint8_t kIndefinite = 31;

double half_to_double(std::uint16_t half) {
  const int exponent = half >> 10 & 31;
  const double mantissa = half & 0x3ff;
  double value = 0;
  if (exponent == 0) {
    value = std::ldexp(mantissa, -24);
  } else if (exponent != 31) {
    value = std::ldexp(mantissa + 1024, exponent - 25);
  } else {
    value = mantissa == 0 ? HUGE_VAL : std::nan("");
  }
  return (half & 0x8000) != 0 ? -value : value;
}

}  // namespace

class CborParser {
 public:
  CborParser(BytesView data, const CborLimits& limits)
      : data_(data), in_(data, "CBOR"), limits_(limits) {}

  Result<Cbor> parse() {
    CLAUSTRUM_TRY_ASSIGN(Cbor value, item(0));
    if (in_.remaining() != 0) {
      return malformed("cbor.trailing");
    }
    return value;
  }

 private:
  struct Head {
    std::uint8_t major = 0;
    std::uint8_t info = 0;
    std::uint64_t argument = 0;
  };

  Error malformed(std::string_view reason) const {
    return Error(Code::kMalformed, reason, "at byte " + std::to_string(in_.position()));
  }

  Result<Head> head() {
    const std::uint8_t first = in_.u8();
    Head out{static_cast<std::uint8_t>(first >> 5), static_cast<std::uint8_t>(first & 31), 0};
    bool shortest = true;
    if (out.info < 24) {
      out.argument = out.info;
    } else if (out.info == 24) {
      out.argument = in_.u8();
      shortest = out.argument >= 24;
    } else if (out.info == 25) {
      out.argument = in_.u16be();
      shortest = out.argument > 0xff;
    } else if (out.info == 26) {
      out.argument = in_.u32be();
      shortest = out.argument > 0xffff;
    } else if (out.info == 27) {
      out.argument = in_.u64be();
      shortest = out.argument > 0xffffffff;
    } else if (out.info != kIndefinite) {
      return malformed("cbor.head");
    }
    if (!in_.ok()) {
      return malformed("cbor.truncated");
    }
    if (limits_.require_deterministic && !shortest && out.major != 7) {
      return malformed("cbor.not_deterministic");
    }
    return out;
  }

  // True, and the break byte taken, at the end of an indefinite item.
  bool at_break() {
    if (in_.peek() == 0xff && in_.remaining() > 0) {
      in_.skip(1);
      return true;
    }
    return false;
  }

  Status allow_indefinite() const {
    if (!limits_.allow_indefinite || limits_.require_deterministic) {
      return malformed("cbor.indefinite");
    }
    return ok_status();
  }

  Result<Cbor> item(std::size_t depth) {
    if (depth > limits_.max_depth) {
      return Error(Code::kExhausted, "cbor.depth", "CBOR nested too deeply");
    }
    if (++items_ > limits_.max_items) {
      return Error(Code::kExhausted, "cbor.count", "too many CBOR items");
    }
    CLAUSTRUM_TRY_ASSIGN(const Head h, head());
    switch (h.major) {
      case 0:
      case 1:
        return integer(h);
      case 2:
      case 3:
        return string(h);
      case 4:
        return array(h, depth);
      case 5:
        return map(h, depth);
      case 6:
        return tag(h, depth);
      default:
        return simple(h);
    }
  }

  Result<Cbor> integer(const Head& h) {
    if (h.info == kIndefinite) {
      return malformed("cbor.head");
    }
    Cbor out = Cbor::unsigned_integer(h.argument);
    out.type_ = h.major == 0 ? Cbor::Type::kUnsigned : Cbor::Type::kNegative;
    return out;
  }

  Result<Cbor> string(const Head& h) {
    Bytes contents;
    if (h.info == kIndefinite) {
      CLAUSTRUM_TRY(allow_indefinite());
      if (limits_.definite_strings) {
        return malformed("cbor.indefinite");
      }
      while (!at_break()) {
        CLAUSTRUM_TRY_ASSIGN(const Head piece, head());
        if (piece.major != h.major || piece.info == kIndefinite) {
          return malformed("cbor.string");
        }
        CLAUSTRUM_TRY(take(piece, contents));
      }
    } else {
      CLAUSTRUM_TRY(take(h, contents));
    }
    return h.major == 2 ? Cbor::bytes(contents) : Cbor::text(claustrum::as_text(contents));
  }

  Status take(const Head& h, Bytes& out) {
    if (h.argument > in_.remaining()) {
      return malformed("cbor.truncated");
    }
    const BytesView piece = in_.bytes(static_cast<std::size_t>(h.argument));
    if (h.major == 3 && !valid_utf8(piece)) {
      return malformed("cbor.utf8");
    }
    append(out, piece);
    return ok_status();
  }

  // More items than bytes left cannot be: refuse before looping.
  Status check_count(const Head& h) const {
    if (h.info == kIndefinite) {
      return allow_indefinite();
    }
    if (h.argument > in_.remaining()) {
      return malformed("cbor.truncated");
    }
    return ok_status();
  }

  Result<Cbor> array(const Head& h, std::size_t depth) {
    CLAUSTRUM_TRY(check_count(h));
    std::vector<Cbor> items;
    for (std::uint64_t i = 0; h.info == kIndefinite ? !at_break() : i < h.argument; ++i) {
      CLAUSTRUM_TRY_ASSIGN(Cbor value, item(depth + 1));
      items.push_back(std::move(value));
    }
    return Cbor::array(std::move(items));
  }

  Result<Cbor> map(const Head& h, std::size_t depth) {
    CLAUSTRUM_TRY(check_count(h));
    std::vector<std::pair<Cbor, Cbor>> entries;
    std::set<Bytes> keys;
    Bytes last;
    for (std::uint64_t i = 0; h.info == kIndefinite ? !at_break() : i < h.argument; ++i) {
      CLAUSTRUM_TRY_ASSIGN(Cbor key, item(depth + 1));
      Bytes encoded = encode_cbor(key);
      if (limits_.require_deterministic && i != 0 && !(last < encoded)) {
        return malformed(last == encoded ? "cbor.duplicate_key" : "cbor.not_deterministic");
      }
      last = encoded;
      // Two readers that disagree on which duplicate counts judge different messages.
      if (!keys.insert(std::move(encoded)).second) {
        return malformed("cbor.duplicate_key");
      }
      CLAUSTRUM_TRY_ASSIGN(Cbor value, item(depth + 1));
      entries.emplace_back(std::move(key), std::move(value));
    }
    return Cbor::map(std::move(entries));
  }

  Result<Cbor> tag(const Head& h, std::size_t depth) {
    if (h.info == kIndefinite) {
      return malformed("cbor.head");
    }
    CLAUSTRUM_TRY_ASSIGN(Cbor content, item(depth + 1));
    return Cbor::tag(h.argument, std::move(content));
  }

  Result<Cbor> simple(const Head& h) {
    if (h.info <= 24) {
      if (h.info == 24 && h.argument < 32) {
        return malformed("cbor.simple");  // [RFC 8949 3.3]
      }
      Cbor out;
      out.number_ = h.argument;
      return out;
    }
    return floating(h);
  }

  Result<Cbor> floating(const Head& h) {
    Cbor out;
    out.type_ = Cbor::Type::kFloat;
    if (h.info == 25) {
      out.float_ = half_to_double(static_cast<std::uint16_t>(h.argument));
    } else if (h.info == 26) {
      out.float_ =
          static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(h.argument)));
    } else if (h.info == 27) {
      out.float_ = std::bit_cast<double>(h.argument);
    } else {
      return malformed("cbor.break");
    }
    // [RFC 8949 4.2.1] the shortest form that keeps the value, and one NaN
    const std::size_t width = std::size_t{1} << (h.info - 24);
    if (limits_.require_deterministic &&
        !equal(encode_cbor(out), data_.subspan(in_.position() - 1 - width, 1 + width))) {
      return malformed("cbor.not_deterministic");
    }
    return out;
  }

  BytesView data_;
  ByteReader in_;
  const CborLimits& limits_;
  std::size_t items_ = 0;
};

Result<Cbor> parse_cbor(BytesView data, const CborLimits& limits) {
  return CborParser(data, limits).parse();
}

}  // namespace claustrum::codec
