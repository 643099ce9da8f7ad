// The part of CBOR (RFC 8949) that tokens are made of, read strictly and within bounds.
//
// Any well-formed encoding is taken (indefinite lengths, longer integers than needed, any order of keys): wallets differ.
// What is refused has two readings or none: the same key twice, keys that are not texts (but for what is stepped over), text that
// is not UTF-8, lengths beyond the input, deep nesting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "util/bytes.h"
#include "util/result.h"

namespace paygress::cashu {

class CborReader {
 public:
  explicit CborReader(util::ByteView input) : input_(input) {}

  bool at_unsigned_integer() const;
  util::Result<std::uint64_t> unsigned_integer();
  util::Result<util::Bytes> byte_string();
  util::Result<std::string> text();

  // Consumes a null or undefined, which is how wallets write an optional that is not there.
  bool take_null();

  // Calls `member` for each key; it must read the value, or skip() it.
  util::Result<> map(const std::function<util::Result<>(std::string_view key)>& member);
  util::Result<> array(const std::function<util::Result<>()>& element);
  // Steps over one value of any type.
  util::Result<> skip();

  bool at_end() const { return at_ == input_.size(); }

 private:
  struct Head {
    unsigned major;
    std::uint64_t value;
    bool indefinite;
  };
  util::Result<Head> head();
  util::Result<Head> head_of(unsigned major, const char* what);
  bool take_break();
  util::Result<util::ByteView> take(std::uint64_t size);
  util::Result<util::Bytes> string_of(unsigned major, const char* what);
  util::Result<> skip_map();
  util::Result<> items(const Head& head, const std::function<util::Result<>()>& item);

  util::ByteView input_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

// Writes the shortest form, definite lengths.
class CborWriter {
 public:
  void unsigned_integer(std::uint64_t value) { head(0, value); }
  void byte_string(util::ByteView bytes);
  void text(std::string_view text);
  void array(std::size_t count) { head(4, count); }
  void map(std::size_t count) { head(5, count); }

  const util::Bytes& bytes() const { return bytes_; }

 private:
  void head(unsigned major, std::uint64_t value);
  util::Bytes bytes_;
};

}  // namespace paygress::cashu
