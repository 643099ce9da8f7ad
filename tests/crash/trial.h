// One trial: an order, perhaps something that goes wrong, and a moment at which the daemon is killed. When all is over, the books.
//
// A scenario is written as if nobody was killed: whenever it waits and the daemon is found dead at the trial's crash point, the
// daemon is started again, this time to live.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cashu/mint_client.h"
#include "net/task.h"
#include "tests/crash/crash_point.h"
#include "tests/crash/daemon_books.h"
#include "tests/crash/mint_proxy.h"
#include "tests/crash/purse.h"
#include "tests/sandbox/story.h"

namespace paygress::test {

class Trial {
 public:
  // `place` keeps trials apart that run at once: each has node ports of its own.
  Trial(boost::asio::any_io_executor, net::HttpClient&, Mint, CrashPoint, int place);

  // Runs the scenario and counts the money. What did not go as it must is an exception.
  net::Task<> run(std::function<net::Task<>(Trial&)> scenario);
  bool killed() const { return killed_; }
  // How many requests an endpoint had from a daemon that was still to be killed, in one of its lives: each is a crash point.
  const std::map<std::string, unsigned>& requests_seen() const { return requests_seen_; }
  std::int64_t lost_msat() const { return lost_msat_; }

  // ---- for scenarios

  // A customer has money and sends his message; the daemon need not be there. Gives the number of the order.
  net::Task<std::size_t> order_pod(std::uint64_t sat);
  net::Task<std::size_t> order_time(std::uint64_t sat, std::string pod_npub);

  void start_unharmed();
  // From here on the crash point counts, and the trouble is in the air. The daemon dies `deaths` times, each time at that point.
  void start(Trouble = Trouble::none, int deaths = 1);
  // Waits until the daemon has done what it does at every start: a message that comes then meets the same crash points each time.
  net::Task<> settled();
  // Waits for the n-th final answer to that order, and gives it.
  net::Task<util::Json> answered(std::size_t order, std::size_t n = 1);
  // Ends the daemon in order.
  net::Task<> stop();

  // A copy of the database as it lies there, the daemon being stopped, and the way back to it.
  void keep_database();
  void roll_database_back();
  // From here on a death takes with it whatever the database has learned since keep_database().
  void forget_at_death() { forgets_at_death_ = true; }
  // Waits for the first final answer to that order that came after the daemon's death, and gives it.
  net::Task<util::Json> answered_after_death(std::size_t order);

  Story story;

 private:
  struct Order {
    std::string token, message;
    bool pod = false;
    std::size_t answers = 0;           // final ones that the scenario waited for
    std::size_t answers_at_death = 0;  // that had come when the daemon died
  };
  // In the mint's unit: what was minted is the customer's, the provider's, or the mint's fee.
  struct Balance {
    std::uint64_t minted = 0, customer = 0, provider = 0, fees = 0;
  };

  net::Task<std::string> make_token(std::uint64_t sat);
  std::size_t remember(std::string token, util::Json request, bool pod);
  std::vector<util::Json> final_answers(const Order&);
  void make_trouble(Trouble);
  void launch_armed();
  bool is_crash_point(MintProxy::Moment, std::string_view endpoint);
  bool is_cut_by_trouble(MintProxy::Moment, std::string_view endpoint);
  void revive();
  net::Task<> wait(std::string what, std::function<bool()> done);
  net::Task<> play(std::function<net::Task<>(Trial&)> scenario, net::TaskGroup& parts);
  net::Task<> come_back_later();
  net::Task<> count();
  net::Task<Purse> count_order(const Order&, Balance&);
  void check_ledger(const DaemonBooks&, const Purse& provider);
  void check_mint(const Balance&);
  void check_answers(const Order&, const Purse& token);
  void check_pods();

  const Mint mint_;
  const CrashPoint point_;
  MintProxy proxy_;
  cashu::MintClient client_;  // past the proxy
  net::TaskGroup errands_;
  std::vector<Order> orders_;
  Trouble trouble_ = Trouble::none;
  bool trouble_came_ = false, armed_ = false, killed_ = false, forgets_at_death_ = false;
  int deaths_left_ = 0;
  std::map<std::string, unsigned> requests_;  // of this life, at the moment that may be the crash point
  std::map<std::string, unsigned> requests_seen_;
  std::int64_t lost_msat_ = 0;
};

}  // namespace paygress::test
