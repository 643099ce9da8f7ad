// The daemon's settings (CONTRACT section 5): read from the environment, all checked at once.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cashu/mint_url.h"
#include "cashu/secrets.h"
#include "crypto/keys.h"
#include "market/catalogue.h"
#include "provider/lease_keeper.h"
#include "provider/ledger.h"
#include "provider/payout_to_address.h"
#include "util/log.h"
#include "util/url.h"

namespace paygress::daemon {

struct Settings {
  crypto::SecretKey service_key;
  std::vector<util::Url> relays;
  std::vector<cashu::MintUrl> mints;
  market::Catalogue catalogue;
  provider::PodSettings pods;
  std::filesystem::path database;
  std::optional<util::Secret> seed_words;  // nothing: kept beside the database
  bool accept_nip04 = true;
  std::uint64_t max_input_fee_ppk = 10000;
  provider::UnitRates unit_rates = {{"sat", 1000}, {"msat", 1}};
  std::uint64_t payout_max_fee_percent = 2;
  std::optional<provider::PayoutRules> payout = {};                // nothing: payouts are made by hand
  bool end_refunds = false;                                        // the unused time of a pod that its owner ends goes back to him
  std::optional<std::pair<std::string, std::uint16_t>> http = {};  // where health answers, if at all
  std::string admin_socket = {};                                   // empty: none
  util::Level log_level = util::Level::info;
  std::vector<std::string> warnings = {};  // for the log
};

// What settings are read from. `read_file` gives nothing when the file cannot be read.
struct Sources {
  std::map<std::string, std::string> variables;
  std::function<std::optional<std::string>(const std::filesystem::path&)> read_file;
  std::function<bool(const std::filesystem::path&)> is_folder;

  static Sources of_process();
};

// Each mistake is one line that names the setting and says what is expected; no line repeats a secret.
struct Mistakes {
  std::vector<std::string> lines;
};

boost::system::result<Settings, Mistakes> read_settings(const Sources&);

}  // namespace paygress::daemon
