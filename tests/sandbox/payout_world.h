// A wallet, its payout desk and the sandbox's mint in one process, on a clock whose sleepers wake two hundred times too early. The
// desk can be taken away at any moment, as a crash does, and comes back on the same database.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "crypto/random.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "net/run_test_support.h"
#include "provider/payout_desk.h"
#include "sandbox/fake_mint.h"
#include "sandbox/invoice.h"
#include "store/database.h"

namespace paygress::test {

// Only who sleeps is hurried: what a busy machine takes for its work counts no more than it does anywhere.
class HurriedClock final : public net::Clock {
 public:
  static constexpr int kSpeed = 200;
  util::Time now() const override { return start_ + std::chrono::floor<std::chrono::milliseconds>(steady_now() - steady_start_); }
  net::SteadyTime steady_now() const override { return real_.steady_now() + skipped_; }
  net::Task<> sleep_for(std::chrono::milliseconds duration) override;

 private:
  net::SystemClock real_;
  net::SteadyTime::duration skipped_{};
  net::SteadyTime steady_start_ = real_.steady_now();
  util::Time start_ = real_.now();
};

// What a process holds in memory; gone after a crash.
struct House {
  House(boost::asio::any_io_executor, net::HttpClient&, net::Clock&, store::Database&, const cashu::MintUrl&);

  provider::Wallet wallet;
  provider::Mints mints;
  provider::RestoreScan scan;
  provider::PayoutDesk desk;
};

struct PayoutWorld {
  explicit PayoutWorld(sandbox::MintOptions = {});
  ~PayoutWorld();

  // Earned by the operator; or, if `customers`, sold time of a pod that still runs.
  void earn(std::uint64_t amount, bool customers = false);
  // An invoice of so many sats, a new one each time.
  std::string invoice(std::uint64_t sats, std::chrono::seconds life = std::chrono::hours(24 * 30));

  void start();  // a new house on the old database, its desk running
  void crash();  // the house is gone, and whatever it was doing
  util::Result<provider::Payout> pay(const std::string& invoice);
  // Runs until the one payout is over; fails the test when that takes too long.
  provider::Payout end();
  template <class Holds>
  bool until(Holds holds) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > limit) return false;
      io.restart();
      io.run_one_for(std::chrono::milliseconds(5));
    }
    return true;
  }
  template <class T>
  T run(net::Task<T> task) {
    return net::test::run(io, std::move(task));
  }
  void run(net::Task<> task) { net::test::run(io, std::move(task)); }

  std::uint64_t held();
  std::int64_t balance(provider::Account);
  // The books agree with the wallet, and the wallet with the mint: what is held is unspent there, and nothing is missing.
  void check_books();

  boost::asio::io_context io{1};
  HurriedClock clock;
  crypto::SeededRandom random{11};
  sandbox::FakeMint mint;
  std::unique_ptr<net::HttpClient> http;
  net::Running mint_runs;
  store::Database database{":memory:"};
  std::unique_ptr<House> house;
  std::optional<net::Running> desk_runs;
  int invoices = 0;
};

}  // namespace paygress::test
