// The treasury's answer to a lost disk: what the seed alone still finds.
#include <algorithm>
#include <set>

#include "provider/treasury.h"

namespace paygress::provider {

net::Task<util::Result<util::Json>> Treasury::restore(bool bring_in) {
  util::Json report = util::Json::array();
  const std::vector<MintDesk*> desks = mints_.all();
  for (MintDesk* desk : desks) {
    const auto done = co_await restore_at(*desk, bring_in, report);
    if (done) continue;
    util::Json failure = {{"mint", desk->url().text()}, {"error", done.error().message}};
    report.push_back(std::move(failure));
  }
  co_return util::Result<util::Json>(boost::system::in_place_value, std::move(report));
}

net::Task<util::Result<std::map<std::string, std::uint64_t>>> Treasury::take_in_found(MintDesk& desk) {
  constexpr std::size_t kAtATime = 100;
  const std::string mint = desk.url().text();
  std::vector<cashu::Proof> found = wallet_.proofs.reserved_for(RestoreScan::kFound, mint);
  const std::vector<cashu::Keyset> listed = desk.keysets();
  std::erase_if(found, [&](const cashu::Proof& proof) { return !cashu::find_keyset(listed, proof.keyset_id); });
  std::vector<cashu::Proof> unspent, spent;
  for (std::size_t first = 0; first < found.size(); first += kAtATime) {
    std::vector<crypto::Point> ys;
    for (std::size_t i = first; i < std::min(found.size(), first + kAtATime); ++i) ys.push_back(cashu::proof_y(found[i]));
    const auto states = co_await desk.client().check_state(ys);
    if (!states) co_return states.error();
    for (std::size_t i = 0; i < states->size(); ++i) {
      if ((*states)[i] == cashu::ProofState::unspent) unspent.push_back(found[first + i]);
      if ((*states)[i] == cashu::ProofState::spent) spent.push_back(found[first + i]);
    }
  }
  // While the mint thought, an order may have taken what is its own.
  std::set<std::string> still_found;
  for (const cashu::Proof& proof : wallet_.proofs.reserved_for(RestoreScan::kFound, mint)) still_found.insert(proof.secret);
  for (auto* const proofs : {&unspent, &spent})
    std::erase_if(*proofs, [&](const cashu::Proof& proof) { return !still_found.contains(proof.secret); });
  std::map<std::string, std::uint64_t> sums;
  store::Transaction transaction(wallet_.database);
  const auto post = [&](const cashu::Proof& proof, const char* what, Account credit) {
    const std::string unit = (*cashu::find_keyset(listed, proof.keyset_id))->unit;
    wallet_.ledger.post({what, Account::found, credit, mint, unit, proof.amount, proof.keyset_id}, clock_.now());
  };
  for (const cashu::Proof& proof : unspent) {
    post(proof, "taken in", Account::earnings);
    sums[proof.keyset_id] += proof.amount.value();
  }
  // Somebody had it: a refund that has reached its customer.
  for (const cashu::Proof& proof : spent) post(proof, "spent by its owner", Account::proofs);
  wallet_.proofs.hold(unspent);
  wallet_.proofs.set_spent(spent);
  transaction.commit();
  co_return sums;
}

net::Task<util::Result<>> Treasury::restore_at(MintDesk& desk, bool bring_in, util::Json& report) {
  if (const auto read = co_await desk.refresh(); !read) co_return read.error();
  std::vector<std::string> ids;
  for (const cashu::Keyset& keyset : desk.keysets())
    if (wallet_.rates.contains(keyset.unit)) ids.push_back(keyset.id);
  const std::string mint = desk.url().text();
  std::vector<util::Json> lines;
  for (const std::string& id : ids) {
    // What cannot be read in one keyset must not hide what lies in the others.
    const std::vector<std::string> one = {id};
    const auto loaded = co_await desk.load_keys(one);
    const auto known = cashu::find_keyset(desk.keysets(), id);
    if (!known) continue;
    const cashu::Keyset keyset = **known;
    util::Result<ScannedKeyset> scanned = loaded ? util::Result<ScannedKeyset>(ScannedKeyset{}) : loaded.error();
    if (loaded) scanned = co_await swaps_.scan().scan(desk, keyset, 0, RestoreScan::kToRestore);
    if (!scanned && scanned.error().code == "mint_unreachable") co_return scanned.error();
    if (!scanned) {
      util::Json failure = {{"mint", mint}, {"keyset", id}, {"unit", keyset.unit}, {"error", scanned.error().message}};
      report.push_back(std::move(failure));
      continue;
    }
    const bool nothing = scanned->next_counter == 0;
    std::uint64_t unknown = 0;
    for (const WalletBook::Found& found : scanned->unspent)
      if (!wallet_.proofs.knows(found.proof)) unknown += found.proof.amount.value();
    util::Json line = {{"mint", mint},
                       {"keyset", id},
                       {"unit", keyset.unit},
                       {"unspent", scanned->unspent_sum.value()},
                       {"pending", scanned->pending_sum.value()},
                       {"spent_proofs", scanned->spent_count},
                       {"unknown_here", unknown}};
    if (bring_in && !nothing) {
      store::Transaction transaction(wallet_.database);
      swaps_.scan().bring_in(mint, *scanned, clock_.now());
      transaction.commit();
    }
    if (!nothing) lines.push_back(std::move(line));
  }
  if (bring_in) {
    const auto taken_in = co_await take_in_found(desk);
    if (!taken_in) co_return taken_in.error();
    for (util::Json& line : lines) {
      const auto sum = taken_in->find(line.at("keyset").get<std::string>());
      line["brought_in"] = sum == taken_in->end() ? 0 : sum->second;
    }
  }
  for (util::Json& line : lines) report.push_back(std::move(line));
  co_return util::Result<>();
}

}  // namespace paygress::provider
