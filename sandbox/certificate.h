// A certificate for 127.0.0.1 and the authority that signed it, made anew at each start.
#pragma once

#include <string>

#include "util/secret.h"

namespace paygress::sandbox {

struct Certificate {
  std::string ca_pem, cert_pem;
  util::Secret key_pem;
};

Certificate make_certificate();

}  // namespace paygress::sandbox
