// A test tells a story: a provider's daemon, his world, and customers who write to it. What goes wrong is an exception.
//
//   tell([](Story& story) -> net::Task<> {
//     co_await story.start();
//     const util::Json answer = co_await story.ask(story.spawn(story.token(20)));
//     CHECK(answer["pod_npub"].is_string());
//   });
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "crypto/keys.h"
#include "net/clock.h"
#include "sandbox/world.h"
#include "tests/sandbox/daemon_process.h"
#include "util/json.h"

namespace paygress::test {

enum class By { nip17, nip04 };

class Story {
  net::SystemClock clock_;  // before the world, which reads it while it is made

 public:
  explicit Story(boost::asio::any_io_executor, sandbox::WorldOptions = {});
  ~Story();

  sandbox::World world;
  sandbox::FakeRelay second_relay;
  std::map<std::string, std::string> settings;  // of the daemon; change them before start()
  const crypto::SecretKey service;
  crypto::SecretKey customer;  // who writes and reads; may be changed between two messages
  sandbox::FakeRelay* writes_to = &world.relay;
  std::vector<std::string> wrapper;  // of the daemon: a program, and its options, that runs it
  std::unique_ptr<DaemonProcess> daemon;

  // Starts paygressd, with some settings for this time only.
  void launch(const std::map<std::string, std::string>& more = {});
  bool ready() const;
  // Starts it and waits until it is ready.
  net::Task<> start();
  // Asks it to end and waits; its books stay.
  net::Task<> stop();
  // As a power cut would: kill -9, now.
  void kill() { daemon->kill(); }

  // 20 sat less the mint's fee buy about 20 s at the stories' rate of 1000 msat per second.
  std::string token(std::uint64_t sat) { return world.mint.make_token(sat); }
  bool spent(const std::string& token) const { return world.mint.is_spent(token); }
  util::Json spawn(const std::string& token) const;
  util::Json top_up(const std::string& pod_npub, const std::string& token) const;

  // Sends the message and gives the id that its answer refers to.
  std::string send(const util::Json& request, By by = By::nip17);
  std::string send_text(const std::string& text, By by = By::nip17);
  // The next answer to that message; throws when none comes in time. Processing notices are answers, too.
  net::Task<util::Json> answer(std::string message_id, std::chrono::seconds within = std::chrono::seconds(20));
  net::Task<util::Json> ask(util::Json request, By by = By::nip17);
  // Everything that was ever answered to that message.
  std::vector<util::Json> answers(const std::string& message_id);

  // Waits until `done` holds; throws, with `what` and the daemon's log, when it does not in time.
  net::Task<> until(std::string what, std::function<bool()> done, std::chrono::seconds within = std::chrono::seconds(20));

  net::Clock& clock() { return clock_; }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  struct Heard {
    std::string about;  // the message that it answers
    util::Json text;
    bool taken = false;
  };
  void listen();

  std::filesystem::path folder_;
  std::vector<Heard> heard_;
  std::set<std::string> known_;
  std::size_t log_before_ = 0;
  int sent_ = 0;
};

// Runs the story on real time to its end. The world lives as long as it does.
void tell(std::function<net::Task<>(Story&)>);

}  // namespace paygress::test
