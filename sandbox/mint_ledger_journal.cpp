// What the mint has done is a journal of lines; the ledger is what they add up to.
#include "cashu/dleq.h"
#include "sandbox/mint_amounts.h"
#include "sandbox/mint_ledger.h"

namespace paygress::sandbox {
namespace {

using util::Json;

cashu::Dleq read_dleq(const Json& json) {
  cashu::Dleq dleq;
  dleq.e = util::array_from_hex<32>(json.at("e").get<std::string>()).value();
  dleq.s = util::array_from_hex<32>(json.at("s").get<std::string>()).value();
  return dleq;
}

}  // namespace

void MintLedger::commit(const Json& line) {
  journal_.append(line.dump());
  apply(line);
}

void MintLedger::apply(const Json& line) {
  const std::string op = line.at("op");
  if (op == "open") {
    seed_ = util::array_from_hex<32>(line.at("seed").get<std::string>()).value();
  } else if (op == "keyset") {
    const std::string unit = line.at("unit");
    std::uint64_t index = 0;
    for (MintKeyset& keyset : keysets_) {
      if (keyset.keyset.unit != unit) continue;
      keyset.keyset.active = false;
      ++index;
    }
    keysets_.push_back(make_keyset(seed_, unit, index, line.at("ppk"), line.at("v1")));
  } else if (op == "mint_quote" || op == "melt_quote") {
    auto& quotes = op == "mint_quote" ? mint_quotes_ : melt_quotes_;
    quotes[line.at("quote")] = {line.at("amount"),
                                line.value("fee_reserve", std::uint64_t{0}),
                                line.at("unit"),
                                line.at("request"),
                                line.at("expiry"),
                                false,
                                nullptr};
  } else if (op == "melt_pending") {
    melt_quotes_.at(line.at("quote")).pending_melt = line.at("request");
    for (const Json& y : line.at("ys")) set_pending(y, true);
  } else if (op == "melt_released") {
    melt_quotes_.at(line.at("quote")).pending_melt = nullptr;
    for (const Json& y : line.at("ys")) set_pending(y, false);
  } else {
    apply_movement(line);
  }
}

void MintLedger::apply_movement(const Json& line) {
  const std::uint64_t factor = msat_per(line.at("unit"));
  for (const Json& entry : line.at("spent")) {
    const std::uint64_t amount = entry.at("amount");
    spent_.emplace(entry.at("Y"), amount);
    books_.redeemed_msat += amount * factor;
  }
  for (const Json& entry : line.at("signed")) {
    const std::uint64_t amount = entry.at("amount");
    signed_.emplace(entry.at("B_"),
                    Signature{amount, entry.at("id"), crypto::Point::from_hex(entry.at("C_").get<std::string>()).value(),
                              read_dleq(entry.at("dleq"))});
    books_.issued_msat += amount * factor;
  }
  books_.fees_msat += line.at("fee").get<std::uint64_t>() * factor;
  books_.created_msat += line.value("created", std::uint64_t{0}) * factor;
  books_.melted_msat += line.value("melted", std::uint64_t{0}) * factor;
  if (line.contains("minted")) mint_quotes_.at(line.at("minted")).done = true;
  if (line.contains("paid")) {
    melt_quotes_.at(line.at("paid")).done = true;
    change_[line.at("paid")] = line.at("change");
  }
}

}  // namespace paygress::sandbox
