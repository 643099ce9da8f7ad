#include "kube/certificate.h"

#include <ctime>
#include <memory>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace paygress::kube {
namespace {

using util::Errc;
using util::Error;

template <auto free_function>
struct Free {
  template <class T>
  void operator()(T* pointer) const {
    free_function(pointer);
  }
};
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;

// A passphrase would be asked for at a terminal; a daemon has none.
int no_passphrase(char*, int, int, void*) { return 0; }

Certificate read_certificate(const std::string& pem) {
  Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  return certificate;
}

}  // namespace

util::Result<util::Time> certificate_end(const std::string& pem) {
  const Certificate certificate = read_certificate(pem);
  std::tm parts{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &parts) != 1) {
    return Error{Errc::malformed, "not a PEM certificate", "certificate_malformed"};
  }
  return util::from_unix(timegm(&parts));
}

util::Result<> check_key_pair(const std::string& certificate_pem, const std::string& key_pem) {
  const Certificate certificate = read_certificate(certificate_pem);
  if (!certificate) return Error{Errc::malformed, "the certificate is not PEM", "certificate_malformed"};
  Bio bio(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  const bool belongs = key && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!key) return Error{Errc::malformed, "the key is not a PEM private key without passphrase", "key_malformed"};
  if (!belongs) return Error{Errc::invalid, "the key does not belong to the certificate", "key_mismatch"};
  return {};
}

}  // namespace paygress::kube
