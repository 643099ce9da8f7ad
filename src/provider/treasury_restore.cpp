// The treasury's answer to a lost disk: what the seed alone still finds.
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

net::Task<util::Result<>> Treasury::restore_at(MintDesk& desk, bool bring_in, util::Json& report) {
  if (const auto read = co_await desk.refresh(); !read) co_return read.error();
  std::vector<std::string> ids;
  for (const cashu::Keyset& keyset : desk.keysets())
    if (wallet_.rates.contains(keyset.unit)) ids.push_back(keyset.id);
  if (const auto loaded = co_await desk.load_keys(ids); !loaded) co_return loaded.error();
  const std::string mint = desk.url().text();
  for (const std::string& id : ids) {
    const auto known = cashu::find_keyset(desk.keysets(), id);
    if (!known) continue;
    const cashu::Keyset keyset = **known;
    const auto scanned = co_await swaps_.scan().scan(desk, keyset, 0, 3);
    if (!scanned) co_return scanned.error();
    const bool nothing = scanned->next_counter == 0;
    std::uint64_t unknown = 0;
    for (const cashu::Proof& proof : scanned->unspent)
      if (!wallet_.proofs.knows(proof)) unknown += proof.amount.value();
    util::Json line = {{"mint", mint},
                       {"keyset", id},
                       {"unit", keyset.unit},
                       {"unspent", scanned->unspent_sum.value()},
                       {"pending", scanned->pending_sum.value()},
                       {"spent_proofs", scanned->spent_count},
                       {"unknown_here", unknown}};
    if (bring_in && !nothing) line["brought_in"] = swaps_.scan().bring_in(mint, *scanned, clock_.now()).value();
    if (!nothing) report.push_back(std::move(line));
  }
  co_return util::Result<>();
}

}  // namespace paygress::provider
