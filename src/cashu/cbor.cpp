#include "cashu/cbor.h"

#include <set>

namespace paygress::cashu {
namespace {

// Tokens need four levels; what unknown keys hold may be a little deeper.
constexpr std::size_t kMaxDepth = 16;

enum Major : unsigned { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };
constexpr std::uint8_t kBreak = 0xff;
constexpr std::uint8_t kNull = 0xf6;
constexpr std::uint8_t kUndefined = 0xf7;

util::Error broken(const char* what) { return {util::Errc::malformed, std::string("broken CBOR: ") + what}; }

}  // namespace

util::Result<CborReader::Head> CborReader::head() {
  if (at_end()) return broken("it ends too early");
  const std::uint8_t first = input_[at_++];
  const unsigned info = first & 0x1fu;
  Head head{static_cast<unsigned>(first >> 5), info, false};
  if (info < 24) return head;
  if (info == 31) {
    if (head.major == kUnsigned || head.major == kNegative || head.major == kTag || head.major == kSimple)
      return broken("a break where a value should be");
    head.indefinite = true;
    return head;
  }
  if (info > 27) return broken("a reserved length");
  auto bytes = take(std::uint64_t{1} << (info - 24));
  if (!bytes) return bytes.error();
  head.value = 0;
  for (const std::uint8_t byte : *bytes) head.value = head.value << 8 | byte;
  if (head.major == kSimple && info == 24 && head.value < 32) return broken("a simple value in the wrong form");
  return head;
}

util::Result<CborReader::Head> CborReader::head_of(unsigned major, const char* what) {
  auto found = head();
  if (found && found->major != major) return broken(what);
  return found;
}

bool CborReader::take_break() {
  if (at_end() || input_[at_] != kBreak) return false;
  ++at_;
  return true;
}

util::Result<util::ByteView> CborReader::take(std::uint64_t size) {
  if (size > input_.size() - at_) return broken("a length beyond its end");
  const util::ByteView bytes = input_.subspan(at_, static_cast<std::size_t>(size));
  at_ += static_cast<std::size_t>(size);
  return bytes;
}

bool CborReader::at_unsigned_integer() const { return !at_end() && input_[at_] >> 5 == kUnsigned; }

util::Result<std::uint64_t> CborReader::unsigned_integer() {
  auto found = head_of(kUnsigned, "expected an unsigned integer");
  if (!found) return found.error();
  return found->value;
}

util::Result<util::Bytes> CborReader::string_of(unsigned major, const char* what) {
  auto found = head_of(major, what);
  if (!found) return found.error();
  util::Bytes all;
  const auto chunk = [&](std::uint64_t size) -> util::Result<> {
    auto bytes = take(size);
    if (!bytes) return bytes.error();
    if (major == kText && !util::is_utf8(util::to_text(*bytes))) return broken("text that is not UTF-8");
    all.insert(all.end(), bytes->begin(), bytes->end());
    return {};
  };
  if (!found->indefinite) {
    if (auto ok = chunk(found->value); !ok) return ok.error();
    return all;
  }
  while (!take_break()) {
    auto part = head_of(major, what);
    if (!part) return part.error();
    if (part->indefinite) return broken("a chunk of unknown length");
    if (auto ok = chunk(part->value); !ok) return ok.error();
  }
  return all;
}

util::Result<util::Bytes> CborReader::byte_string() { return string_of(kBytes, "expected a byte string"); }

util::Result<std::string> CborReader::text() {
  auto bytes = string_of(kText, "expected a text");
  if (!bytes) return bytes.error();
  return util::to_text(*bytes);
}

bool CborReader::take_null() {
  if (at_end() || (input_[at_] != kNull && input_[at_] != kUndefined)) return false;
  ++at_;
  return true;
}

// Counts are not trusted, and nothing is allocated by them: the input runs out soon enough.
util::Result<> CborReader::items(const Head& head, const std::function<util::Result<>()>& item) {
  if (depth_ >= kMaxDepth) return broken("nested too deep");
  ++depth_;
  for (std::uint64_t i = 0; head.indefinite ? !take_break() : i < head.value; ++i)
    if (auto ok = item(); !ok) return ok;
  --depth_;
  return {};
}

util::Result<> CborReader::array(const std::function<util::Result<>()>& element) {
  auto found = head_of(kArray, "expected an array");
  if (!found) return found.error();
  return items(*found, element);
}

util::Result<> CborReader::map(const std::function<util::Result<>(std::string_view)>& member) {
  auto found = head_of(kMap, "expected a map");
  if (!found) return found.error();
  std::set<std::string> keys;
  return items(*found, [&]() -> util::Result<> {
    auto key = text();
    if (!key) return key.error();
    const auto [at, is_new] = keys.insert(std::move(*key));
    if (!is_new) return broken("the same key twice");
    return member(*at);
  });
}

util::Result<> CborReader::skip() {
  if (at_end()) return broken("it ends too early");
  switch (input_[at_] >> 5) {
    case kBytes:
      if (auto bytes = byte_string(); !bytes) return bytes.error();
      return {};
    case kText:
      if (auto words = text(); !words) return words.error();
      return {};
    case kArray: return array([this] { return skip(); });
    case kMap: return skip_map();
    case kTag: {
      if (auto tag = head(); !tag) return tag.error();
      return items(Head{kTag, 1, false}, [this] { return skip(); });
    }
    default:
      if (auto value = head(); !value) return value.error();
      return {};
  }
}

// What nobody reads may have keys of any type (RFC 8949, 3.1); compared as they are written, which finds every honest repetition.
util::Result<> CborReader::skip_map() {
  auto found = head_of(kMap, "expected a map");
  if (!found) return found.error();
  std::set<std::string> keys;
  return items(*found, [&]() -> util::Result<> {
    const std::size_t begin = at_;
    if (auto key = skip(); !key) return key;
    if (!keys.insert(util::to_text(input_.subspan(begin, at_ - begin))).second) return broken("the same key twice");
    return skip();
  });
}

void CborWriter::head(unsigned major, std::uint64_t value) {
  const auto put = [this](std::uint64_t byte) { bytes_.push_back(static_cast<std::uint8_t>(byte & 0xff)); };
  if (value < 24) return put(major << 5 | value);
  const int width = value > 0xffffffff ? 3 : value > 0xffff ? 2 : value > 0xff ? 1 : 0;
  put(major << 5 | static_cast<unsigned>(24 + width));
  for (int shift = (8 << width) - 8; shift >= 0; shift -= 8) put(value >> shift);
}

void CborWriter::byte_string(util::ByteView bytes) {
  head(kBytes, bytes.size());
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void CborWriter::text(std::string_view text) {
  head(kText, text.size());
  const util::ByteView bytes = util::as_bytes(text);
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

}  // namespace paygress::cashu
