// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/x509_fields.h"

#include <openssl/bio.h>

#include <algorithm>
#include <ctime>

#include "claustrum/codec/der.h"

namespace claustrum::crypto {

namespace {

constexpr int kTmEpoch = 1900;

template <typename Holder, typename Decode>
Holder decode_all(BytesView der, Decode decode) {
  const std::uint8_t* cursor = der.data();
  Holder out(decode(nullptr, &cursor, static_cast<long>(der.size())));
  ERR_clear_error();
  return cursor == der.data() + der.size() ? std::move(out) : Holder();
}

// Seconds written out, no fraction, no zone but Z [RFC 5280 4.1.2.5]: OpenSSL takes more.
bool is_plain_time(BytesView der) {
  constexpr std::uint8_t kUtcTime = 0x17;
  constexpr std::size_t kUtcTimeLen = 15;  // with tag and length
  constexpr std::size_t kGeneralizedTimeLen = 17;
  return !der.empty() && der.back() == 'Z' &&
         der.size() == (der[0] == kUtcTime ? kUtcTimeLen : kGeneralizedTimeLen) &&
         std::ranges::all_of(der.subspan(2, der.size() - 3),
                             [](std::uint8_t c) { return c >= '0' && c <= '9'; });
}

// What vendors write: one attribute at a time, of X.520, printable ASCII in a string type that says
// so. Such a name reads in one way, and OpenSSL, which makes a canonical form of every name, takes
// ten times as long for it. Anything else: nullopt.
std::optional<std::string> plain_common_name(BytesView der) {
  constexpr std::uint8_t kSet = 0x31;
  constexpr std::uint8_t kPrintableString = 0x13;
  constexpr std::uint8_t kX520[] = {0x55, 0x04};  // 2.5.4
  constexpr std::uint8_t kCommonName = 3;
  codec::DerReader outer(der, "name");
  codec::DerReader list = outer.sequence();
  std::optional<std::string> found;
  while (list.ok() && !list.done()) {
    codec::DerReader set(list.element(kSet), "name");
    codec::DerReader attribute = set.sequence();
    const BytesView oid = attribute.element(codec::kDerOid);
    const std::uint8_t tag = attribute.peek_tag();
    const BytesView value = attribute.element(tag);
    const bool text =
        tag == kPrintableString || tag == codec::kDerUtf8String || tag == codec::kDerIa5String;
    if (!attribute.finish().ok() || !set.finish().ok() || !text || oid.size() != 3 ||
        !equal(oid.first(2), kX520) || oid[2] >= 0x80 ||
        !std::ranges::all_of(value, [](std::uint8_t c) { return c >= 0x20 && c < 0x7f; })) {
      return std::nullopt;
    }
    if (oid[2] == kCommonName && !found) {
      found = as_text(value);
    }
  }
  return list.finish().ok() && outer.finish().ok() ? std::optional(found.value_or(std::string()))
                                                   : std::nullopt;
}

}  // namespace

Owned<X509_NAME> name_from(BytesView der) {
  return decode_all<Owned<X509_NAME>>(der, d2i_X509_NAME);
}

Owned<ASN1_TIME> time_from(BytesView der) {
  if (!is_plain_time(der)) {
    return {};
  }
  return decode_all<Owned<ASN1_TIME>>(der, d2i_ASN1_TIME);
}

Result<Instant> instant_of(const ASN1_TIME* time) {
  std::tm fields = {};
  if (time == nullptr || ASN1_TIME_to_tm(time, &fields) != 1) {
    return openssl_error(Code::kMalformed, "x509.time");
  }
  const std::int64_t days = days_from_civil(std::int64_t{fields.tm_year} + kTmEpoch,
                                            static_cast<unsigned>(fields.tm_mon + 1),
                                            static_cast<unsigned>(fields.tm_mday));
  return Instant{days * 86400 + fields.tm_hour * 3600 + fields.tm_min * 60 + fields.tm_sec};
}

BytesView without_zeros(BytesView bytes) {
  while (bytes.size() > 1 && bytes[0] == 0) {
    bytes = bytes.subspan(1);
  }
  return bytes;
}

Bytes minimal_magnitude(BytesView bytes) {
  return bytes.empty() ? Bytes{0} : to_bytes(without_zeros(bytes));
}

std::optional<std::string> common_name_in(BytesView der) {
  if (std::optional<std::string> plain = plain_common_name(der); plain) {
    return plain;
  }
  const Owned<X509_NAME> name = name_from(der);
  return name == nullptr ? std::nullopt : std::optional(common_name_of(name.get()));
}

std::string common_name_of(const X509_NAME* name) {
  const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (index < 0) {
    return {};
  }
  const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index));
  unsigned char* text = nullptr;
  const int length = ASN1_STRING_to_UTF8(&text, value);
  std::string out;
  if (length > 0) {
    out = as_text({text, static_cast<std::size_t>(length)});
  }
  OPENSSL_free(text);
  ERR_clear_error();
  return out;
}

std::string name_text(const X509_NAME* name) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  CLAUSTRUM_CHECK(bio != nullptr);
  if (X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    ERR_clear_error();
    return {};
  }
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  return length > 0 ? std::string(data, static_cast<std::size_t>(length)) : std::string();
}

std::string oid_text(BytesView oid) {
  const Owned<ASN1_OBJECT> object(ASN1_OBJECT_create(
      NID_undef, to_bytes(oid).data(), static_cast<int>(oid.size()), nullptr, nullptr));
  char text[256] = {};
  const int length = object == nullptr ? 0 : OBJ_obj2txt(text, sizeof text, object.get(), 1);
  ERR_clear_error();
  return length > 0 ? std::string(text) : std::string("?");
}

Owned<ASN1_OBJECT> oid_from_text(std::string_view dotted) {
  Owned<ASN1_OBJECT> oid(OBJ_txt2obj(std::string(dotted).c_str(), 1));
  ERR_clear_error();
  return oid;
}

}  // namespace claustrum::crypto
