#include "util/secret.h"

#include <cstring>

namespace paygress::util {

void wipe(void* data, std::size_t size) { explicit_bzero(data, size); }

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    clear();
    text_ = other.text_;
  }
  return *this;
}

// Copies instead of moving: a short text lives inside the string object itself and would stay behind.
Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    clear();
    text_ = other.text_;
    other.clear();
  }
  return *this;
}

void Secret::clear() {
  wipe(text_.data(), text_.size());
  text_.clear();
}

}  // namespace paygress::util
