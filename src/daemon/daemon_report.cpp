// What the daemon says of itself: to systemd, to paygressctl, to Prometheus.
#include <algorithm>

#include "daemon/daemon.h"
#include "daemon/wallet_desk.h"

namespace paygress::daemon {

// At least one relay has given us everything it had, and tells us what comes.
bool Daemon::listens() const {
  const auto relays = relays_.status();
  return std::any_of(relays.begin(), relays.end(), [](const nostr::RelayStatus& relay) { return relay.last_eose.has_value(); });
}

std::string Daemon::status_line() {
  const auto relays = relays_.status();
  const auto connected =
      std::count_if(relays.begin(), relays.end(), [](const nostr::RelayStatus& relay) { return relay.connected; });
  std::string line = "relays " + std::to_string(connected) + "/" + std::to_string(relays.size()) + ", pods " +
                     std::to_string(keeper_.alive()) + ", open orders " + std::to_string(orders_.open_orders()) +
                     ", answers waiting " + std::to_string(outbox_.waiting());
  if (!cluster_fine_) line += ", cluster not usable";
  return line;
}

endpoints::OperatorDesk Daemon::operator_desk() {
  endpoints::OperatorDesk desk;
  using Query = std::map<std::string, std::string>;
  desk.questions["/status"] = [this](const Query&) { return endpoints::reply(status()); };
  desk.questions["/pods"] = [this](const Query&) { return endpoints::reply(pods()); };
  WalletDesk{wallet_, treasury_, payouts_, orders_, seed_.words}.add_to(desk);
  return desk;
}

std::string Daemon::metrics() {
  const auto gauge = [](const char* name, const char* help, std::size_t value) {
    return std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " gauge\n" + name + " " + std::to_string(value) + "\n";
  };
  return gauge("paygress_pods", "Pods that are rented.", keeper_.alive()) +
         gauge("paygress_open_orders", "Orders that have not ended.", orders_.open_orders()) +
         gauge("paygress_answers_waiting", "Answers that no relay has taken yet.", outbox_.waiting()) + wallet_metrics(treasury_);
}

util::Json Daemon::status() {
  util::Json relays = util::Json::array();
  for (const nostr::RelayStatus& relay : relays_.status())
    relays.push_back({{"url", relay.url.text()},
                      {"connected", relay.connected},
                      {"caught_up", relay.last_eose.has_value()},
                      {"error", relay.last_error}});
  util::Json mints = util::Json::array();
  for (const provider::MintDesk* desk : mints_.all()) {
    const std::string url = desk->url().text();
    for (const auto& [unit, msats] : wallet_.rates)
      if (desk->active(unit) != nullptr || unit == "sat")
        mints.push_back({{"url", url},
                         {"unit", unit},
                         {"known", desk->known()},
                         {"held", wallet_.proofs.held(url, unit)},
                         {"own", wallet_.ledger.own(url, unit)}});
  }
  return {{"version", PAYGRESS_VERSION},
          {"ready", cluster_fine_ && listens()},
          {"cluster", cluster_fine_},
          {"relays", relays},
          {"mints", mints},
          {"pods", keeper_.alive()},
          {"open_orders", orders_.open_orders()},
          {"answers_waiting", outbox_.waiting()}};
}

util::Json Daemon::pods() {
  util::Json list = util::Json::array();
  for (const market::Lease& lease : provider::LeaseBook(database_).alive()) {
    const contract::AccessDetails details = orders_.access_details(lease);
    list.push_back({{"pod_id", lease.id},
                    {"state", market::name(lease.state)},
                    {"spec", lease.spec.id},
                    {"port", lease.node_port},
                    {"expires_at", details.expires_at ? util::rfc3339(*details.expires_at) : ""},
                    {"pod_npub", details.pod_npub}});
  }
  return list;
}

}  // namespace paygress::daemon
