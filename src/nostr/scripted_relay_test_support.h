// A small honest relay for the pool's tests, whose script a test replaces where it shall misbehave.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/http_server.h"
#include "net/running.h"
#include "nostr/message.h"

namespace paygress::nostr::test {

class ScriptedRelay {
 public:
  // One client's connection.
  struct Session {
    net::WebSocket* socket = nullptr;
    int number = 0;  // the relay's connections, from 1
    bool authenticated = false;
    std::vector<RequestMessage> open;
    std::vector<std::string> outgoing;
    net::Event added;

    void say(std::string frame) {
      outgoing.push_back(std::move(frame));
      added.notify();
    }
  };

  // The script: true if it has dealt with the message; else the relay does what an honest one does.
  using Script = std::function<bool(Session&, const ClientMessage&)>;

  explicit ScriptedRelay(boost::asio::any_io_executor executor) : executor_(std::move(executor)) { start(0); }
  ~ScriptedRelay() { stop(); }

  Script script;
  std::function<void(Session&)> on_connect;
  std::size_t page_limit = 500;
  std::vector<Event> stored;

  // What was seen.
  std::vector<RequestMessage> requests;
  std::vector<Event> published;
  std::vector<Event> auths;
  int connections = 0;

  util::Url url() const { return *util::Url::parse("ws://127.0.0.1:" + std::to_string(port_)); }

  // Cuts every connection and listens no more. The test must run the context before start() or the end.
  void stop() {
    if (serving_) serving_->cancel();
    serving_.reset();
  }
  void start(std::uint16_t port) {
    auto server = std::make_shared<net::HttpServer>(
        executor_, net::ListenAddress::tcp("127.0.0.1", port), net::ServerLimits(),
        [](net::ServerRequest request) { return page(std::move(request)); },
        [this](std::unique_ptr<net::WebSocket> socket) { return talk(std::move(socket)); });
    port_ = server->port();
    serving_.emplace(executor_, serve(std::move(server)));
  }
  void restart() { start(port_); }
  void cut() {
    for (Session* session : sessions_) session->socket->close();
  }

  void store_and_send(const Event& event) {
    stored.push_back(event);
    for (Session* session : sessions_) {
      for (const RequestMessage& request : session->open) {
        if (wanted(request, event)) session->say(event_message(request.subscription, event));
      }
    }
  }

  void answer(Session& session, const RequestMessage& request, bool with_eose = true) {
    for (const Filter& filter : request.filters) {
      std::vector<Event> found;
      std::copy_if(stored.begin(), stored.end(), std::back_inserter(found),
                   [&](const Event& event) { return matches(filter, event); });
      std::stable_sort(found.begin(), found.end(), [](const Event& a, const Event& b) { return a.created_at > b.created_at; });
      const std::size_t limit = std::min<std::size_t>(page_limit, filter.limit.value_or(500));
      if (found.size() > limit) found.resize(limit, found.front());
      for (const Event& event : found) session.say(event_message(request.subscription, event));
    }
    session.open.push_back(request);
    if (with_eose) session.say(eose_message(request.subscription));
  }

 private:
  static net::Task<> serve(std::shared_ptr<net::HttpServer> server) { co_await server->run(); }

  static net::Task<net::ServerResponse> page(net::ServerRequest) {
    net::ServerResponse response;
    co_return response;
  }

  static bool wanted(const RequestMessage& request, const Event& event) {
    return std::any_of(request.filters.begin(), request.filters.end(),
                       [&](const Filter& filter) { return matches(filter, event); });
  }

  net::Task<> talk(std::unique_ptr<net::WebSocket> socket) {
    Session session;
    session.socket = socket.get();
    session.number = ++connections;
    sessions_.push_back(&session);
    const std::shared_ptr<void> leave(this, [this, &session](void*) { std::erase(sessions_, &session); });
    if (on_connect) on_connect(session);
    std::vector<net::Task<>> tasks;
    tasks.push_back(listen(session));
    tasks.push_back(speak(session));
    co_await net::run_any(std::move(tasks));
  }

  net::Task<> listen(Session& session) {
    for (;;) {
      const auto frame = co_await session.socket->read();
      if (!frame) co_return;
      const auto message = parse_client_message(*frame);
      if (message) handle(session, *message);
    }
  }

  net::Task<> speak(Session& session) {
    for (;;) {
      if (session.outgoing.empty()) co_await session.added.wait();
      std::vector<std::string> frames = std::move(session.outgoing);
      session.outgoing.clear();
      for (std::string& frame : frames) {
        const auto written = co_await session.socket->write(std::move(frame));
        if (!written) co_return;
      }
    }
  }

  void handle(Session& session, const ClientMessage& message) {
    if (const auto* request = std::get_if<RequestMessage>(&message)) requests.push_back(*request);
    if (const auto* publish = std::get_if<PublishMessage>(&message)) published.push_back(publish->event);
    if (const auto* auth = std::get_if<AuthMessage>(&message)) auths.push_back(auth->event);
    if (script && script(session, message)) return;

    if (const auto* request = std::get_if<RequestMessage>(&message)) {
      answer(session, *request);
    } else if (const auto* publish = std::get_if<PublishMessage>(&message)) {
      session.say(ok_message(publish->event.id, true, ""));
      store_and_send(publish->event);
    } else if (const auto* auth = std::get_if<AuthMessage>(&message)) {
      session.authenticated = true;
      session.say(ok_message(auth->event.id, true, ""));
    } else if (const auto* close = std::get_if<CloseMessage>(&message)) {
      std::erase_if(session.open, [&](const RequestMessage& open) { return open.subscription == close->subscription; });
    }
  }

  boost::asio::any_io_executor executor_;
  std::uint16_t port_ = 0;
  std::optional<net::Running> serving_;
  std::vector<Session*> sessions_;
};

}  // namespace paygress::nostr::test
