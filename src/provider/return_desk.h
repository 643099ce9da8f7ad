// Unused time that goes back to a customer who ends his pod early, if the operator allows it.
//
// What happens if the process dies: the end of the lease, what is owed for it, and to whom the answer goes, are one transaction.
// The token is then made by a split in the swap journal (swap_desk.h), and its end (token, books, answer in the outbox) is one
// transaction again. Whatever is missing is begun anew at start.
#pragma once

#include <optional>
#include <string>

#include "market/lease.h"
#include "provider/outbox.h"
#include "provider/swap_desk.h"
#include "provider/tokens_given.h"

namespace paygress::provider {

class ReturnDesk {
 public:
  ReturnDesk(net::Clock&, crypto::RandomSource&, Mints&, SwapDesk&, Wallet&, Outbox&, net::TaskGroup& work, bool allowed);

  // In the transaction that ends `lease` (as it was before). True: something goes back, and the answer comes with it; call start()
  // after the commit.
  bool owe(const market::Lease& lease, const Recipient&, const contract::EndAnswer&);
  void start(const std::string& lease_id);
  // Goes on with what was under way. Once, at start.
  void resume();

 private:
  struct Debt;
  std::optional<Debt> find(std::string_view lease_id);
  void save(const Debt&, bool done);
  net::Task<> give_back(std::string lease_id);
  // Journals a split for the debt; false when that is not possible now.
  net::Task<bool> begin(Debt&);
  net::Task<> finish(Debt);
  void answer_without_token(const Debt&);

  net::Clock& clock_;
  crypto::RandomSource& random_;
  Mints& mints_;
  SwapDesk& swaps_;
  Wallet& wallet_;
  Outbox& outbox_;
  net::TaskGroup& work_;
  bool allowed_;
};

}  // namespace paygress::provider
