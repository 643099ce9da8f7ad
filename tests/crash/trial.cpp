#include "tests/crash/trial.h"

#include <signal.h>

#include <algorithm>
#include <stdexcept>
#include <tuple>

#include <boost/asio/this_coro.hpp>

#include "cashu/customer_wallet.h"
#include "crypto/random.h"

namespace paygress::test {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kPatience = 90s;  // a mint that is down, three repetitions with pauses, a busy machine
constexpr std::chrono::milliseconds kSilence = 150ms;
constexpr std::uint16_t kFirstNodePort = 22000, kNodePorts = 16;

// A pod costs next to nothing, so that none ends before all is counted.
constexpr char kSpecs[] =
    R"([{"id":"basic","name":"Basic","description":"small","cpu_millicores":100,"memory_mb":64,"rate_msats_per_sec":10}])";

sandbox::WorldOptions world_of(int place) {
  sandbox::WorldOptions options;
  options.kube.node_port_first = static_cast<std::uint16_t>(kFirstNodePort + place * kNodePorts);
  options.kube.node_port_last = static_cast<std::uint16_t>(options.kube.node_port_first + kNodePorts - 1);
  return options;
}

// A database is its file and its write-ahead log.
constexpr const char* kDatabaseFiles[] = {"paygress.db", "paygress.db-wal"};

void copy_database(const std::filesystem::path& from, const std::filesystem::path& to) {
  for (const char* name : kDatabaseFiles) {
    std::filesystem::remove(to / name);
    if (std::filesystem::exists(from / name)) std::filesystem::copy_file(from / name, to / name);
  }
}

}  // namespace

std::string_view name(Where where) {
  switch (where) {
    case Where::commit: return "commit";
    case Where::request: return "request";
    case Where::answered: return "answered request";
  }
  return "";
}

std::string name(const CrashPoint& point) {
  std::string words(name(point.where));
  if (point.n == 0) return words + ", never";
  if (!point.endpoint.empty()) words += " " + point.endpoint;
  return words + " " + std::to_string(point.n);
}

Trial::Trial(boost::asio::any_io_executor executor, net::HttpClient& http, Mint mint, CrashPoint point, int place)
    : story(executor, world_of(place)),
      mint_(std::move(mint)),
      point_(point),
      proxy_(executor, story.clock(), http, mint_.is_sandbox() ? story.world.mint.url() : mint_.url),
      client_(http, cashu::MintUrl::parse(mint_.is_sandbox() ? story.world.mint.url() : mint_.url).value()),
      errands_(executor, net::OnFailure::fatal) {
  story.settings["WHITELISTED_MINTS"] = proxy_.url();
  story.settings["NOSTR_RELAYS"] = story.world.relay.url();
  story.settings["POD_SPECS"] = kSpecs;
}

net::Task<> Trial::run(std::function<net::Task<>(Trial&)> scenario) {
  net::TaskGroup parts(co_await boost::asio::this_coro::executor, net::OnFailure::fatal);
  parts.start(story.world.run(), "world");
  parts.start(story.second_relay.run(), "second relay");
  parts.start(proxy_.run(), "proxy");
  parts.start(errands_.run(), "errands");
  parts.start(play(std::move(scenario), parts), "trial");
  co_await parts.run();
}

net::Task<> Trial::play(std::function<net::Task<>(Trial&)> scenario, net::TaskGroup& parts) {
  std::exception_ptr failure;
  try {
    co_await scenario(*this);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    // What it came to is told all the same.
    try {
      co_await stop();
      co_await count();
    } catch (...) {}
    std::rethrow_exception(failure);
  }
  co_await count();
  parts.cancel();
}

// ---- the customer

net::Task<std::string> Trial::make_token(std::uint64_t sat) {
  for (int attempt = 0;; ++attempt) {
    auto minted = co_await cashu::mint_token(client_, cashu::Amount(sat), crypto::system_random());
    if (minted) {
      minted->mint = cashu::MintUrl::parse(proxy_.url()).value();
      co_return cashu::encode_token(*minted, cashu::WithDleq::yes);
    }
    // A fake Lightning pays in its own time, and a mint's own database may be busy.
    if (attempt == 20) throw std::runtime_error("no token from " + mint_.name + ": " + minted.error().message);
    co_await story.clock().sleep_for(200ms);
  }
}

net::Task<std::size_t> Trial::order_pod(std::uint64_t sat) {
  std::string token = co_await make_token(sat);
  util::Json request = story.spawn(token);
  co_return remember(std::move(token), std::move(request), true);
}

net::Task<std::size_t> Trial::order_time(std::uint64_t sat, std::string pod_npub) {
  std::string token = co_await make_token(sat);
  util::Json request = story.top_up(pod_npub, token);
  co_return remember(std::move(token), std::move(request), false);
}

std::size_t Trial::remember(std::string token, util::Json request, bool pod) {
  std::string message = story.send(request);
  orders_.push_back({std::move(token), std::move(message), pod});
  return orders_.size() - 1;
}

std::vector<util::Json> Trial::final_answers(const Order& order) {
  std::vector<util::Json> found;
  for (util::Json& answer : story.answers(order.message))
    if (answer.contains("pod_npub") || answer.contains("success") || answer.contains("error_type"))
      found.push_back(std::move(answer));
  return found;
}

net::Task<util::Json> Trial::answered(std::size_t order, std::size_t n) {
  const std::function<bool()> heard = [&] { return final_answers(orders_[order]).size() >= n; };
  co_await wait("the final answer", heard);
  orders_[order].answers = n;
  co_return final_answers(orders_[order])[n - 1];
}

net::Task<util::Json> Trial::answered_after_death(std::size_t order) {
  co_return co_await answered(order, orders_[order].answers_at_death + 1);
}

// ---- the daemon's lives

void Trial::start_unharmed() { story.launch(); }

void Trial::start(Trouble trouble, int deaths) {
  make_trouble(trouble);
  deaths_left_ = deaths;
  proxy_.cut = [this](MintProxy::Moment moment, std::string_view endpoint) {
    return is_crash_point(moment, endpoint) || is_cut_by_trouble(moment, endpoint);
  };
  launch_armed();
}

void Trial::launch_armed() {
  armed_ = true;
  requests_.clear();
  std::map<std::string, std::string> bomb;
  if (point_.where == Where::commit && point_.n > 0)
    bomb = {{"LD_PRELOAD", PAYGRESS_STOP_AT}, {"STOP_AT_COMMIT", std::to_string(point_.n)}};
  story.launch(bomb);
}

bool Trial::is_crash_point(MintProxy::Moment moment, std::string_view endpoint) {
  const Where where = moment == MintProxy::Moment::arrived ? Where::request : Where::answered;
  if (!armed_ || point_.where != where) return false;
  const std::string key(endpoint);
  const unsigned n = ++requests_[key];
  unsigned& most = requests_seen_[key];
  most = std::max(most, n);
  if (key != point_.endpoint || n != point_.n) return false;
  armed_ = false;
  story.kill();
  return true;
}

net::Task<> Trial::settled() {
  // What the daemon does beside waiting: it asks the mint, publishes, and commits.
  using Traces = std::tuple<std::uint64_t, std::uint64_t, std::uintmax_t>;
  Traces seen;
  net::SteadyTime since = story.clock().steady_now();
  const std::filesystem::path log = story.folder() / kDatabaseFiles[1];
  const std::function<bool()> is_settled = [&] {
    std::error_code missing;
    const Traces now(proxy_.faults().requests(), story.world.relay.received("EVENT"), std::filesystem::file_size(log, missing));
    if (now != seen || !story.ready() || !proxy_.idle()) since = story.clock().steady_now();
    seen = now;
    return story.clock().steady_now() - since > kSilence;
  };
  co_await wait("paygressd has started", is_settled);
}

// A daemon that was killed as planned gets its second life. Any other end is a failure.
void Trial::revive() {
  const auto code = story.daemon->exit_code();
  if (!code) return;
  if (*code != -SIGKILL || deaths_left_ == 0) throw std::runtime_error("paygressd ended by itself with " + std::to_string(*code));
  killed_ = true;
  armed_ = false;
  for (Order& order : orders_) order.answers_at_death = final_answers(order).size();
  if (forgets_at_death_) roll_database_back();
  if (--deaths_left_ > 0)
    launch_armed();
  else
    story.launch();
}

net::Task<> Trial::wait(std::string what, std::function<bool()> done) {
  const std::function<bool()> alive_and_done = [&] {
    revive();
    return done();
  };
  co_await story.until(std::move(what), alive_and_done, kPatience);
}

net::Task<> Trial::stop() {
  for (;;) {
    const std::function<bool()> ready = [this] { return story.ready(); };
    co_await wait("paygressd is ready", ready);
    story.daemon->terminate();
    const std::function<bool()> ended = [this] { return story.daemon->exit_code().has_value(); };
    co_await story.until("paygressd ends", ended, kPatience);
    if (story.daemon->exit_code() == 0) break;
    revive();  // the crash point was on its way out
  }
  armed_ = false;
  deaths_left_ = 0;
}

void Trial::keep_database() {
  std::filesystem::create_directory(story.folder() / "kept");
  copy_database(story.folder(), story.folder() / "kept");
}

void Trial::roll_database_back() { copy_database(story.folder() / "kept", story.folder()); }

}  // namespace paygress::test
