// What every command of the customer's client has: a loop, a clock, a way to relays, and the settings that are the same
// for all of them.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "crypto/keys.h"
#include "net/clock.h"
#include "net/websocket.h"
#include "util/url.h"

namespace paygress::cli {

struct CommonOptions {
  std::vector<std::string> relays;  // --relay, else PAYGRESS_RELAYS, else kDefaultRelays
  std::string provider;             // --provider, else PAYGRESS_PROVIDER; empty if neither is given
  std::chrono::seconds wait{180};
  bool json = false;
  bool nip04 = false;
  bool verbose = false;
};

struct Context {
  explicit Context(CommonOptions options);

  CommonOptions options;
  std::vector<util::Url> relays;
  std::optional<crypto::PublicKey> provider;
  boost::asio::io_context loop{1};
  net::SystemClock clock;
  std::unique_ptr<net::WebSocketDialer> dialer;

  // Throws Stop(usage) if no provider was named.
  const crypto::PublicKey& named_provider() const;
  void use_provider(const crypto::PublicKey& key) { provider = key; }
  void add_relay(const std::string& text);  // ignored if it is no relay's address, or known
};

// One line on standard error, for the person who waits.
void progress(const std::string& line);

}  // namespace paygress::cli
