// What must be known of a client certificate before it is used.
#pragma once

#include <string>

#include "util/result.h"
#include "util/time.h"

namespace paygress::kube {

// Until when the first certificate of the PEM text is valid (notAfter).
util::Result<util::Time> certificate_end(const std::string& pem);

// Is the key a PEM private key, without a passphrase, and does it belong to the certificate?
util::Result<> check_key_pair(const std::string& certificate_pem, const std::string& key_pem);

}  // namespace paygress::kube
