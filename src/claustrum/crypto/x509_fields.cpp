// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/x509_fields.h"

#include <openssl/bio.h>

#include <algorithm>
#include <ctime>

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

}  // namespace

Owned<X509_NAME> name_from(BytesView der) {
  return decode_all<Owned<X509_NAME>>(der, d2i_X509_NAME);
}

Owned<ASN1_TIME> time_from(BytesView der) {
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

Bytes minimal_magnitude(BytesView bytes) {
  const auto* first = std::find_if(bytes.data(), bytes.data() + bytes.size(),
                                   [](std::uint8_t byte) { return byte != 0; });
  const auto zeros = static_cast<std::size_t>(first - bytes.data());
  return zeros == bytes.size() ? Bytes{0} : to_bytes(bytes.subspan(zeros));
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
