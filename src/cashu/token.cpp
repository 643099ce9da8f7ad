#include "cashu/token.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include <nlohmann/json.hpp>

#include "cashu/cbor.h"
#include "cashu/token_v4.h"
#include "util/json.h"

namespace paygress::cashu {
namespace {

constexpr std::size_t kMaxUnitLength = 64;

util::Error refuse(std::string why, const char* code = "token_malformed") {
  return {util::Errc::malformed, "not a usable Cashu token: " + std::move(why), code};
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// The scheme of a URI is the same in any case (RFC 3986, 3.1), and keyboards begin a line with a capital.
bool begins_with_scheme(std::string_view text, std::string_view scheme) {
  const auto same = [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a - 'A' + 'a' == b); };
  return text.size() >= scheme.size() &&
         std::equal(scheme.begin(), scheme.end(), text.begin(), [&](char wanted, char found) { return same(found, wanted); });
}

std::string_view without_scheme(std::string_view text) {
  for (const std::string_view scheme : {"web+cashu://", "cashu://", "cashu:"})
    if (begins_with_scheme(text, scheme)) return text.substr(scheme.size());
  return text;
}

// Padding is optional (NUT-00); old nutshells write four characters of it where none is needed.
util::Result<util::Bytes> decode_base64(std::string_view text) {
  const std::size_t end = text.find_last_not_of('=') + 1;
  const std::size_t padding = text.size() - end;
  if (padding != 0 && (padding > 4 || text.size() % 4 != 0)) return refuse("its padding is wrong");
  const bool url_safe = text.find_first_of("-_") != std::string_view::npos;
  const bool standard = text.find_first_of("+/") != std::string_view::npos;
  if (url_safe && standard) return refuse("it mixes the two alphabets of base64");
  auto bytes = util::from_base64url(text.substr(0, end));
  if (!bytes) return refuse("it is not base64");
  return bytes;
}

bool is_unit(std::string_view unit) {
  if (unit.empty() || unit.size() > kMaxUnitLength) return false;
  for (const char c : unit)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return false;
  return true;
}

// What holds for a token however it was written.
util::Result<Token> check(Token token) {
  if (token.proofs.empty()) return refuse("it holds no proofs");
  if (token.proofs.size() > kMaxTokenProofs)
    return refuse("more than " + std::to_string(kMaxTokenProofs) + " proofs", "token_too_many_proofs");
  std::unordered_set<std::string_view> secrets;
  for (const Proof& proof : token.proofs) {
    if (proof.secret.size() > kMaxSecretBytes)
      return refuse("a secret longer than " + std::to_string(kMaxSecretBytes) + " bytes", "token_secret_too_long");
    if (!secrets.insert(proof.secret).second) return refuse("it holds the same secret twice", "token_secret_repeated");
  }
  if (!total(token.proofs)) return refuse("its amounts add up to more than 64 bits", "token_amount_invalid");
  return token;
}

util::Result<MintUrl> mint_of(std::string_view text) {
  auto mint = MintUrl::parse(text);
  if (!mint) return refuse("its mint: " + mint.error().message, "token_mint_invalid");
  return mint;
}

// An optional text of a V3 token: missing and null are the same, any other type is a fault.
util::Result<std::optional<std::string>> optional_text(const nlohmann::json& json, const char* key) {
  const auto* value = util::member(json, key);
  if (value == nullptr) return std::optional<std::string>();
  if (!value->is_string()) return refuse("`" + std::string(key) + "` is not a text");
  return std::optional<std::string>(value->get<std::string>());
}

util::Result<Token> decode_v3(std::string_view base64) {
  auto bytes = decode_base64(base64);
  if (!bytes) return bytes.error();
  const std::string text = util::to_text(util::ByteView(*bytes));
  // Some parsers skip it and some do not (RFC 8259, 8.1).
  if (text.starts_with("\xef\xbb\xbf")) return refuse("its JSON begins with a byte order mark");
  auto json = util::parse_json(text);
  if (!json) return refuse(json.error().message);
  const auto* entries = util::member(*json, "token");
  if (entries == nullptr || !entries->is_array() || entries->empty()) return refuse("it has no `token` array");
  auto unit = optional_text(*json, "unit");
  if (!unit) return unit.error();
  if (*unit && !is_unit(**unit)) return refuse("its unit is not one");
  auto memo = optional_text(*json, "memo");
  if (!memo) return memo.error();

  std::optional<MintUrl> mint;
  std::vector<Proof> proofs;
  for (const auto& entry : *entries) {
    const auto address = util::string_at(entry, "mint");
    if (!address) return refuse("an entry names no mint");
    auto url = mint_of(*address);
    if (!url) return url.error();
    if (mint && *mint != *url) return refuse("it holds money of several mints; send one token for each", "token_multi_mint");
    mint = *url;
    const auto* list = util::member(entry, "proofs");
    if (list == nullptr || !list->is_array()) return refuse("an entry has no proofs");
    if (proofs.size() + list->size() > kMaxTokenProofs)
      return refuse("more than " + std::to_string(kMaxTokenProofs) + " proofs", "token_too_many_proofs");
    for (const auto& item : *list) {
      auto proof = parse_proof(item);
      if (!proof) return proof.error();
      proofs.push_back(std::move(*proof));
    }
  }
  return check(Token{*mint, unit->value_or(""), *memo, std::move(proofs)});
}

util::Result<Token> decode_v4(util::ByteView cbor) {
  auto read = read_token_v4(cbor);
  if (!read) return read.error();
  auto mint = mint_of(read->mint);
  if (!mint) return mint.error();
  if (!is_unit(read->unit)) return refuse("its unit is not one");
  return check(Token{*mint, std::move(read->unit), std::move(read->memo), std::move(read->proofs)});
}

}  // namespace

util::Result<Token> decode_token(std::string_view text) {
  const std::string_view token = without_scheme(trim(text));
  if (token.size() > kMaxTokenText)
    return refuse("longer than " + std::to_string(kMaxTokenText) + " characters", "token_too_large");
  if (token.starts_with("cashuA")) return decode_v3(token.substr(6));
  if (token.starts_with("creq")) return refuse("it is a payment request, which asks for money and holds none");
  if (!token.starts_with("cashuB")) return refuse("it begins with neither cashuA nor cashuB, the versions known here");
  auto cbor = decode_base64(token.substr(6));
  if (!cbor) return cbor.error();
  return decode_v4(*cbor);
}

util::Result<Token> decode_raw_token(util::ByteView bytes) {
  constexpr std::array<std::uint8_t, 5> kPrefix = {'c', 'r', 'a', 'w', 'B'};
  if (bytes.size() > kMaxTokenText) return refuse("longer than " + std::to_string(kMaxTokenText) + " bytes", "token_too_large");
  if (bytes.size() < kPrefix.size() || !std::equal(kPrefix.begin(), kPrefix.end(), bytes.begin()))
    return refuse("it does not begin with crawB");
  return decode_v4(bytes.subspan(kPrefix.size()));
}

std::string encode_token(const Token& token, WithDleq with_dleq) {
  return "cashuB" + util::base64url(write_token_v4(token, with_dleq));
}

}  // namespace paygress::cashu
