#include "tests/crash/scenarios.h"

#include <stdexcept>

namespace paygress::test {
namespace {

constexpr std::uint64_t kSat = 30;

void must_be_delivered(const util::Json& answer) {
  if (answer.contains("error_type"))
    throw std::runtime_error("the order was not delivered: " + answer.value("code", std::string()));
}

void must_be_refunded(const util::Json& answer) {
  if (!answer.contains("refund_token"))
    throw std::runtime_error("the money did not come back: " + answer.value("code", std::string()));
}

net::Task<> sell_pod(Trial& trial, Trouble trouble, int deaths = 1) {
  trial.start(trouble, deaths);
  co_await trial.settled();
  const std::size_t pod = co_await trial.order_pod(kSat);
  must_be_delivered(co_await trial.answered(pod));
  co_await trial.stop();
}

net::Task<> sell_time(Trial& trial) {
  const std::size_t pod = co_await trial.order_pod(kSat);
  trial.start_unharmed();
  const util::Json sold = co_await trial.answered(pod);
  co_await trial.stop();
  trial.start();
  co_await trial.settled();
  const std::size_t more = co_await trial.order_time(kSat, sold["pod_npub"].get<std::string>());
  const util::Json extended = co_await trial.answered(more);
  must_be_delivered(extended);
  if (extended["extended_duration_seconds"] != 2900) throw std::runtime_error("not the time that was paid: " + extended.dump());
  co_await trial.stop();
}

net::Task<> refund(Trial& trial) {
  trial.story.world.kube.manners.image_never_pulls = true;
  trial.start();
  co_await trial.settled();
  const std::size_t pod = co_await trial.order_pod(kSat);
  must_be_refunded(co_await trial.answered(pod));
  co_await trial.stop();
}

// A daemon that sold a pod, and then knows nothing of it any more. Gives the number of that order. The order stays at a relay of
// its own until somebody brings it again.
net::Task<std::size_t> sell_pod_and_forget(Trial& trial) {
  trial.start_unharmed();
  co_await trial.stop();
  trial.keep_database();
  sandbox::FakeRelay& relay = trial.story.world.relay;
  sandbox::FakeRelay& other_relay = trial.story.second_relay;
  trial.story.settings["NOSTR_RELAYS"] = relay.url() + "," + other_relay.url();
  trial.story.writes_to = &other_relay;
  const std::size_t forgotten = co_await trial.order_pod(kSat);
  trial.start_unharmed();
  must_be_delivered(co_await trial.answered(forgotten));
  co_await trial.stop();
  trial.roll_database_back();
  trial.story.settings["NOSTR_RELAYS"] = relay.url();
  trial.story.writes_to = &relay;
  co_return forgotten;
}

void bring_again(Trial& trial) {
  for (const nostr::Event& letter : trial.story.second_relay.stored()) trial.story.world.relay.put(letter);
}

// Once more the same answer: the pod is the one that runs already, and what was paid for it is paid once.
net::Task<> must_be_delivered_again(Trial& trial, std::size_t order) {
  const util::Json before = co_await trial.answered(order);
  const util::Json again = co_await trial.answered(order, 2);
  must_be_delivered(again);
  for (const char* key : {"pod_npub", "node_port", "expires_at"})
    if (before.at(key) != again.at(key)) throw std::runtime_error("not the same pod: " + before.dump() + " and " + again.dump());
}

// The forgotten order comes again. Before the daemon takes a counter it asks the mint whether it was used, and so finds the old
// money, and by its places the order that it was claimed for.
net::Task<> roll_back(Trial& trial) {
  const std::size_t forgotten = co_await sell_pod_and_forget(trial);
  trial.start();
  co_await trial.settled();
  bring_again(trial);
  co_await must_be_delivered_again(trial, forgotten);
  const std::size_t next = co_await trial.order_pod(kSat);
  must_be_delivered(co_await trial.answered(next));
  co_await trial.stop();
}

// Another order comes first, and would have the counters of the forgotten one.
net::Task<> roll_back_and_collide(Trial& trial) {
  const std::size_t forgotten = co_await sell_pod_and_forget(trial);
  trial.start();
  co_await trial.settled();
  const std::size_t next = co_await trial.order_pod(kSat);
  must_be_delivered(co_await trial.answered(next));
  bring_again(trial);
  co_await must_be_delivered_again(trial, forgotten);
  co_await trial.stop();
}

// A daemon whose death takes with it all that it has learned since it was started.
net::Task<> start_and_forget_at_death(Trial& trial) {
  co_await trial.stop();
  trial.keep_database();
  trial.forget_at_death();
  trial.start();
  co_await trial.settled();
}

// It may have died on its way out, and what it has answered is forgotten. Gives the last answer.
net::Task<util::Json> stop_and_remember(Trial& trial, std::size_t order) {
  co_await trial.stop();
  trial.start_unharmed();
  const util::Json last = co_await trial.answered_after_death(order);
  co_await trial.stop();
  co_return last;
}

// Whatever had become of the order, and wherever it was forgotten: the relay brings it again, and there is one pod.
net::Task<> sell_pod_and_forget_at_death(Trial& trial) {
  trial.start_unharmed();
  co_await start_and_forget_at_death(trial);
  const std::size_t pod = co_await trial.order_pod(kSat);
  const util::Json sold = co_await trial.answered(pod);
  must_be_delivered(sold);
  const util::Json last = co_await stop_and_remember(trial, pod);
  must_be_delivered(last);
  if (last["pod_npub"] != sold["pod_npub"]) throw std::runtime_error("two pods for one order");
}

net::Task<> sell_time_and_forget_at_death(Trial& trial) {
  const std::size_t pod = co_await trial.order_pod(kSat);
  trial.start_unharmed();
  const util::Json sold = co_await trial.answered(pod);
  co_await start_and_forget_at_death(trial);
  const std::size_t more = co_await trial.order_time(kSat, sold["pod_npub"].get<std::string>());
  const util::Json extended = co_await trial.answered(more);
  must_be_delivered(extended);
  const util::Json last = co_await stop_and_remember(trial, more);
  must_be_delivered(last);
  if (last["new_expires_at"] != extended["new_expires_at"]) throw std::runtime_error("the time was sold twice: " + last.dump());
}

// A refund that was forgotten is made again, and the first is worth nothing then.
net::Task<> refund_and_forget_at_death(Trial& trial) {
  trial.story.world.kube.manners.image_never_pulls = true;
  trial.start_unharmed();
  co_await start_and_forget_at_death(trial);
  const std::size_t pod = co_await trial.order_pod(kSat);
  must_be_refunded(co_await trial.answered(pod));
  must_be_refunded(co_await stop_and_remember(trial, pod));
}

Scenario trouble(std::string name, Trouble trouble) {
  Scenario scenario;
  scenario.name = std::move(name);
  scenario.play = [trouble](Trial& trial) { return sell_pod(trial, trouble); };
  scenario.is_fault = trouble != Trouble::none;
  return scenario;
}

}  // namespace

std::vector<Scenario> all_scenarios() {
  return {
      trouble("a pod", Trouble::none),
      {"a pod, killed twice", [](Trial& trial) { return sell_pod(trial, Trouble::none, 2); }, false, false},
      {"more time", sell_time, true, false},
      {"a refund", refund, true, false},
      trouble("reply lost", Trouble::reply_lost),
      trouble("11001, not done", Trouble::says_spent),
      trouble("11001, done", Trouble::spent_late),
      trouble("11003, not done", Trouble::says_signed),
      trouble("11003, done", Trouble::signed_late),
      trouble("PENDING", Trouble::pending),
      trouble("rotation", Trouble::rotation),
      trouble("mint down", Trouble::mint_down),
      trouble("wrong amount", Trouble::wrong_amount),
      trouble("wrong DLEQ", Trouble::wrong_dleq),
      {"rolled back", roll_back, false, true},
      {"rolled back, counters collide", roll_back_and_collide, false, true},
      {"rolled back at death", sell_pod_and_forget_at_death, false, true},
      {"more time, rolled back at death", sell_time_and_forget_at_death, true, true},
      {"a refund, rolled back at death", refund_and_forget_at_death, true, true},
  };
}

}  // namespace paygress::test
