#include "tests/sandbox/story.h"

#include <stdlib.h>

#include <fstream>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "nostr/nip04.h"
#include "nostr/nip17.h"
#include "nostr/nip19.h"
#include "nostr/nip59.h"

namespace paygress::test {
namespace {

using namespace std::chrono_literals;

std::filesystem::path make_folder() {
  char name[] = "/tmp/paygress-story-XXXXXX";
  if (mkdtemp(name) == nullptr) throw std::runtime_error("cannot make a folder for the story");
  return name;
}

const char kSpecs[] =
    R"([{"id":"basic","name":"Basic","description":"small","cpu_millicores":100,"memory_mb":64,"rate_msats_per_sec":1000},)"
    R"({"id":"big","name":"Big","description":"large","cpu_millicores":200,"memory_mb":128,"rate_msats_per_sec":3000}])";

void must(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

}  // namespace

Story::Story(boost::asio::any_io_executor executor, sandbox::WorldOptions options)
    : world(executor, clock_, crypto::system_random(), std::move(options)),
      second_relay(executor, clock_, crypto::system_random()),
      service(crypto::SecretKey::generate(crypto::system_random())),
      customer(crypto::SecretKey::generate(crypto::system_random())),
      folder_(make_folder()) {
  const auto kubeconfig = folder_ / "kubeconfig";
  std::ofstream(kubeconfig) << world.kube.kubeconfig();
  settings = world.environment(kubeconfig);
  settings["NOSTR_RELAYS"] = world.relay.url() + "," + second_relay.url();
  settings["NOSTR_PRIVATE_KEY"] = nostr::encode_nsec(service).reveal();
  settings["CASHU_DB_PATH"] = folder_ / "paygress.db";
  settings["POD_SPECS"] = kSpecs;
  settings["ALLOWED_IMAGES"] = "debian:12";
  settings["LOG_LEVEL"] = "debug";
}

Story::~Story() {
  daemon.reset();
  std::filesystem::remove_all(folder_);
}

void Story::launch(const std::map<std::string, std::string>& more) {
  std::map<std::string, std::string> environment = settings;
  for (const auto& [name, value] : more) environment[name] = value;
  const std::filesystem::path log = folder_ / "log";
  log_before_ = std::filesystem::exists(log) ? std::filesystem::file_size(log) : 0;
  daemon = std::make_unique<DaemonProcess>(environment, log, std::vector<std::string>(), wrapper);
}

bool Story::ready() const { return daemon->log().find("paygressd is ready", log_before_) != std::string::npos; }

net::Task<> Story::start() {
  launch();
  const std::function<bool()> is_ready = [this] {
    if (daemon->exit_code()) throw std::runtime_error("paygressd ended: " + daemon->log());
    return ready();
  };
  co_await until("paygressd is ready", is_ready);
}

net::Task<> Story::stop() {
  daemon->terminate();
  const std::function<bool()> ended = [this] { return daemon->exit_code().has_value(); };
  co_await until("paygressd ends", ended, 30s);
  must(daemon->exit_code() == 0, "paygressd ended with " + std::to_string(*daemon->exit_code()));
}

util::Json Story::spawn(const std::string& token) const {
  return {{"cashu_token", token}, {"ssh_username", "alice"}, {"ssh_password", "correct horse battery"}};
}

util::Json Story::top_up(const std::string& pod_npub, const std::string& token) const {
  return {{"pod_npub", pod_npub}, {"cashu_token", token}};
}

std::string Story::send(const util::Json& request, By by) { return send_text(request.dump(), by); }

std::string Story::send_text(const std::string& text, By by) {
  auto& random = crypto::system_random();
  const crypto::PublicKey to = service.public_key();
  if (by == By::nip04) {
    const std::string content = nostr::nip04::encrypt(text, customer, to, random);
    const nostr::Event event =
        nostr::sign_event(customer, {util::unix_seconds(clock_.now()), nostr::nip04::kKind, {{"p", to.hex()}}, content}, random);
    must(writes_to->put(event), "the relay refuses a message");
    return util::hex(event.id);
  }
  // Without the count, the same words twice in one second would be one message (its id is the hash of what it says).
  const nostr::Tags tags = {{"p", to.hex()}, {"client", "story " + std::to_string(++sent_)}};
  const nostr::Rumor rumor =
      nostr::make_rumor(customer.public_key(), {util::unix_seconds(clock_.now()), nostr::kChatKind, tags, text});
  const nostr::Event wrap = nostr::gift_wrap(customer, to, rumor, clock_.now(), random);
  must(writes_to->put(wrap), "the relay refuses a message");
  return util::hex(rumor.id);
}

// Reads what relays have stored for the customer and was not read before.
void Story::listen() {
  const std::string me = customer.public_key().hex();
  for (const nostr::Event& event : world.relay.stored()) {
    const bool letter = event.kind == nostr::kGiftWrapKind || event.kind == nostr::nip04::kKind;
    if (!letter || !nostr::has_tag(event.tags, "p", me) || !known_.insert(util::hex(event.id)).second) continue;
    std::string text, about;
    if (event.kind == nostr::nip04::kKind) {
      text = nostr::nip04::decrypt(event.content, customer, event.pubkey).value();
      about = nostr::first_tag(event, "e").value_or("");
    } else {
      const auto opened = nostr::open_gift_wrap(event, customer, clock_.now());
      must(opened.has_value(), "an answer cannot be opened");
      must(opened->sender == service.public_key(), "an answer is somebody else's");
      text = opened->rumor.content;
      about = nostr::first_tag(opened->rumor.tags, "e").value_or("");
    }
    // Answers in plain words end with the JSON line.
    const std::size_t line = text.rfind("\n{");
    heard_.push_back({about, util::Json::parse(line == std::string::npos ? text : text.substr(line + 1)), false});
  }
}

net::Task<util::Json> Story::answer(std::string message_id, std::chrono::seconds within) {
  util::Json found;
  const std::function<bool()> heard = [&] {
    listen();
    for (Heard& each : heard_) {
      if (each.taken || each.about != message_id) continue;
      each.taken = true;
      found = each.text;
      return true;
    }
    return false;
  };
  co_await until("an answer comes", heard, within);
  co_return found;
}

net::Task<util::Json> Story::ask(util::Json request, By by) { co_return co_await answer(send(request, by)); }

std::vector<util::Json> Story::answers(const std::string& message_id) {
  listen();
  std::vector<util::Json> all;
  for (const Heard& each : heard_)
    if (each.about == message_id) all.push_back(each.text);
  return all;
}

net::Task<> Story::until(std::string what, std::function<bool()> done, std::chrono::seconds within) {
  const net::SteadyTime end = clock_.steady_now() + within;
  while (!done()) {
    if (clock_.steady_now() > end)
      throw std::runtime_error("not within " + std::to_string(within.count()) + " s: " + what + "\n" +
                               (daemon ? daemon->log() : ""));
    co_await clock_.sleep_for(20ms);
  }
}

void tell(std::function<net::Task<>(Story&)> body) {
  boost::asio::io_context context(1);
  Story story(context.get_executor());
  net::TaskGroup parts(context.get_executor(), net::OnFailure::fatal);
  parts.start(story.world.run(), "world");
  parts.start(story.second_relay.run(), "second relay");
  const auto tale = [&]() -> net::Task<> {
    co_await body(story);
    parts.cancel();
  };
  parts.start(tale(), "story");
  std::exception_ptr failure;
  boost::asio::co_spawn(context, parts.run(), [&](std::exception_ptr error) {
    failure = error;
    context.stop();
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace paygress::test
