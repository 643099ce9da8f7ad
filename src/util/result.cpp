#include "util/result.h"

#include <stdexcept>

namespace paygress::util {

const char* name(Errc kind) {
  switch (kind) {
    case Errc::malformed: return "malformed";
    case Errc::invalid: return "invalid";
    case Errc::refused: return "refused";
    case Errc::not_found: return "not_found";
    case Errc::conflict: return "conflict";
    case Errc::unavailable: return "unavailable";
    case Errc::exhausted: return "exhausted";
    case Errc::internal: return "internal";
  }
  return "internal";
}

void throw_error(const Error& error) {
  throw std::runtime_error(error.code.empty() ? error.message : error.message + " (" + error.code + ")");
}

}  // namespace paygress::util
