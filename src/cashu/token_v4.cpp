#include "cashu/token_v4.h"

#include "cashu/cbor.h"
#include "cashu/keyset.h"

namespace paygress::cashu {
namespace {

constexpr std::size_t kShortIdBytes = 8;
constexpr std::size_t kFullIdBytes = 33;

util::Error refuse(std::string why, const char* code = "token_malformed") {
  return {util::Errc::malformed, "not a usable Cashu token: " + std::move(why), code};
}

// Every fault of the CBOR itself is one of the token's form.
util::Error as_token_error(const util::Error& error) { return error.code.empty() ? refuse(error.message) : error; }

// Each reads one value into `out`. An optional may be null or undefined (cdk writes null for all that it leaves out).
util::Result<> read_text(CborReader& cbor, std::optional<std::string>& out) {
  auto text = cbor.text();
  if (!text) return text.error();
  out = std::move(*text);
  return {};
}

util::Result<> read_optional_text(CborReader& cbor, std::optional<std::string>& out) {
  if (cbor.take_null()) return {};
  return read_text(cbor, out);
}

util::Result<> read_scalar(CborReader& cbor, std::optional<std::array<std::uint8_t, 32>>& out) {
  auto bytes = cbor.byte_string();
  if (!bytes) return bytes.error();
  if (bytes->size() != 32) return refuse("a DLEQ value that is not 32 bytes");
  std::copy(bytes->begin(), bytes->end(), out.emplace().begin());
  return {};
}

util::Result<> read_point(CborReader& cbor, const char* name, std::optional<crypto::Point>& out) {
  auto bytes = cbor.byte_string();
  if (!bytes) return bytes.error();
  auto point = crypto::Point::from_bytes(*bytes);
  if (!point) return refuse(std::string(name) + " of a proof: " + point.error().message, "token_point_invalid");
  out = *point;
  return {};
}

util::Result<> read_dleq(CborReader& cbor, std::optional<Dleq>& out) {
  std::optional<std::array<std::uint8_t, 32>> e, s, r;
  auto ok = cbor.map([&](std::string_view key) -> util::Result<> {
    if (key == "e") return read_scalar(cbor, e);
    if (key == "s") return read_scalar(cbor, s);
    if (key == "r" && cbor.take_null()) return {};
    if (key == "r") return read_scalar(cbor, r);
    return cbor.skip();
  });
  if (!ok) return ok;
  if (!e || !s) return refuse("a DLEQ without e or s");
  out = Dleq{*e, *s, r};
  return {};
}

util::Result<> read_amount(CborReader& cbor, std::uint64_t& out) {
  const bool is_whole = cbor.at_end() || cbor.at_unsigned_integer();
  auto amount = is_whole ? cbor.unsigned_integer() : std::uint64_t{0};
  if (!amount) return amount.error();
  if (*amount == 0) return refuse("the amount of a proof is not a positive whole number", "token_amount_invalid");
  out = *amount;
  return {};
}

util::Result<> read_proof(CborReader& cbor, std::vector<Proof>& out) {
  if (out.size() == kMaxTokenProofs)
    return refuse("more than " + std::to_string(kMaxTokenProofs) + " proofs", "token_too_many_proofs");
  std::uint64_t amount = 0;
  std::optional<std::string> secret, witness;
  std::optional<crypto::Point> C, p2pk_e;
  std::optional<Dleq> dleq;
  auto ok = cbor.map([&](std::string_view key) -> util::Result<> {
    if (key == "a") return read_amount(cbor, amount);
    if (key == "s") return read_text(cbor, secret);
    if (key == "c") return read_point(cbor, "C", C);
    if (key == "d" && !cbor.take_null()) return read_dleq(cbor, dleq);
    if (key == "w") return read_optional_text(cbor, witness);
    if (key == "pe" && !cbor.take_null()) return read_point(cbor, "p2pk_e", p2pk_e);
    return key == "d" || key == "pe" ? util::Result<>() : cbor.skip();
  });
  if (!ok) return ok;
  if (amount == 0 || !secret || secret->empty() || !C) return refuse("a proof without amount, secret or C");
  out.push_back(Proof{Amount(amount), {}, std::move(*secret), *C, dleq, witness.value_or(""), p2pk_e});
  return {};
}

// Proofs of another version's keysets look otherwise (BLS12-381: C has 48 bytes), and the id may stand behind them. That the
// version is not supported is then what helps their owner; nothing is said about a group that ours could be.
util::Result<> check_version_of_group(CborReader cbor) {
  std::string id;
  const auto whole = cbor.map([&](std::string_view key) -> util::Result<> {
    if (key != "i") return cbor.skip();
    auto bytes = cbor.byte_string();
    if (!bytes) return bytes.error();
    if (bytes->size() == kShortIdBytes || bytes->size() == kFullIdBytes) id = util::hex(*bytes);
    return {};
  });
  if (!whole || id.empty()) return {};
  return check_keyset_version(id);
}

util::Result<> read_group(CborReader& cbor, std::vector<Proof>& out) {
  const CborReader begin = cbor;
  const std::size_t first = out.size();
  std::optional<std::string> id;
  bool has_proofs = false;
  auto ok = cbor.map([&](std::string_view key) -> util::Result<> {
    if (key == "p") {
      has_proofs = true;
      return cbor.array([&] { return read_proof(cbor, out); });
    }
    if (key != "i") return cbor.skip();
    auto bytes = cbor.byte_string();
    if (!bytes) return bytes.error();
    if (bytes->size() != kShortIdBytes && bytes->size() != kFullIdBytes)
      return refuse("a keyset id that is neither 8 nor 33 bytes");
    id = util::hex(*bytes);
    return {};
  });
  if (!ok) {
    if (auto spoken = check_version_of_group(begin); !spoken) return spoken;
    return ok;
  }
  if (!id || !has_proofs) return refuse("proofs without a keyset id, or an id without proofs");
  for (std::size_t i = first; i < out.size(); ++i) out[i].keyset_id = *id;
  return {};
}

void write_proof(CborWriter& cbor, const Proof& proof, WithDleq with_dleq) {
  const bool has_dleq = with_dleq == WithDleq::yes && proof.dleq.has_value();
  cbor.map(3u + has_dleq + !proof.witness.empty() + proof.p2pk_e.has_value());
  cbor.text("a");
  cbor.unsigned_integer(proof.amount.value());
  cbor.text("s");
  cbor.text(proof.secret);
  cbor.text("c");
  cbor.byte_string(proof.C.bytes());
  if (has_dleq) {
    cbor.text("d");
    cbor.map(2u + proof.dleq->r.has_value());
    cbor.text("e");
    cbor.byte_string(proof.dleq->e);
    cbor.text("s");
    cbor.byte_string(proof.dleq->s);
    if (proof.dleq->r) {
      cbor.text("r");
      cbor.byte_string(*proof.dleq->r);
    }
  }
  if (!proof.witness.empty()) {
    cbor.text("w");
    cbor.text(proof.witness);
  }
  if (proof.p2pk_e) {
    cbor.text("pe");
    cbor.byte_string(proof.p2pk_e->bytes());
  }
}

using Groups = std::vector<std::pair<std::size_t, std::size_t>>;  // [first, last) of the token's proofs

Groups groups_of(const std::vector<Proof>& proofs) {
  Groups groups;
  for (std::size_t i = 0; i < proofs.size(); ++i) {
    if (i == 0 || proofs[i].keyset_id != proofs[i - 1].keyset_id) groups.emplace_back(i, i);
    groups.back().second = i + 1;
  }
  return groups;
}

}  // namespace

util::Result<TokenV4> read_token_v4(util::ByteView bytes) {
  CborReader cbor(bytes);
  std::optional<std::string> mint, unit;
  TokenV4 token;
  bool has_groups = false;
  auto ok = cbor.map([&](std::string_view key) -> util::Result<> {
    if (key == "m") return read_text(cbor, mint);
    if (key == "u") return read_text(cbor, unit);
    if (key == "d") return read_optional_text(cbor, token.memo);
    if (key != "t") return cbor.skip();
    has_groups = true;
    return cbor.array([&] { return read_group(cbor, token.proofs); });
  });
  if (!ok) return as_token_error(ok.error());
  if (!cbor.at_end()) return refuse("something follows the token");
  if (!mint || !unit || !has_groups) return refuse("it lacks the mint, the unit or the proofs");
  token.mint = std::move(*mint);
  token.unit = std::move(*unit);
  return token;
}

util::Bytes write_token_v4(const Token& token, WithDleq with_dleq) {
  const Groups groups = groups_of(token.proofs);
  CborWriter cbor;
  cbor.map(3u + token.memo.has_value());
  cbor.text("m");
  cbor.text(token.mint.text());
  cbor.text("u");
  cbor.text(token.unit);
  if (token.memo) {
    cbor.text("d");
    cbor.text(*token.memo);
  }
  cbor.text("t");
  cbor.array(groups.size());
  for (const auto& [first, last] : groups) {
    cbor.map(2);
    cbor.text("i");
    cbor.byte_string(util::from_hex(token.proofs[first].keyset_id).value());
    cbor.text("p");
    cbor.array(last - first);
    for (std::size_t i = first; i < last; ++i) write_proof(cbor, token.proofs[i], with_dleq);
  }
  return cbor.bytes();
}

}  // namespace paygress::cashu
