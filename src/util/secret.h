// A text that must not be seen: a token, a password, a key.
#pragma once

#include <string>
#include <utility>

namespace paygress::util {

// Overwrites memory in a way the compiler may not leave out.
void wipe(void* data, std::size_t size);

// Wiped when it goes. It has no operator<<, no comparison and no implicit conversion, so that it cannot slip into a log
// line or an answer: whoever needs the text writes reveal(), which a reviewer can search for.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_(other.text_) { other.clear(); }
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { clear(); }

  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }
  void clear();

 private:
  std::string text_;
};

}  // namespace paygress::util
