// What `paygressctl wallet` asks the daemon for: the paths of the admin socket, their arguments and answers.
#pragma once

#include <string>

#include "endpoints/endpoints.h"
#include "provider/order_desk.h"
#include "provider/payout_desk.h"
#include "provider/treasury.h"
#include "util/secret.h"

namespace paygress::daemon {

struct WalletDesk {
  provider::Wallet& wallet;
  provider::Treasury& treasury;
  provider::PayoutDesk& payouts;
  provider::OrderDesk& orders;
  util::Secret seed_words;

  // Adds GET /wallet, /wallet/tokens, /wallet/payouts, /wallet/ledger, /wallet/backup and POST /wallet/withdraw, /wallet/drain,
  // /wallet/pay, /wallet/restore, /wallet/resend.
  void add_to(endpoints::OperatorDesk&);
};

// One line per mint and unit, for Prometheus.
std::string wallet_metrics(provider::Treasury&);

}  // namespace paygress::daemon
