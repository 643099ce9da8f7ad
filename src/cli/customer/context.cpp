#include "cli/customer/context.h"

#include <algorithm>
#include <array>
#include <iostream>

#include "cli/common/stop.h"
#include "nostr/nip19.h"

namespace paygress::cli {
namespace {

// Large, open to everybody, and read by the clients that people use.
constexpr std::array<const char*, 3> kDefaultRelays{"wss://relay.damus.io", "wss://nos.lol", "wss://relay.primal.net"};

bool is_relay(const util::Url& url) { return url.scheme() == "ws" || url.scheme() == "wss"; }

}  // namespace

Context::Context(CommonOptions given) : options(std::move(given)), dialer(net::make_dialer(loop.get_executor())) {
  for (const auto& text : options.relays) {
    const auto url = util::Url::parse(text);
    if (!url || !is_relay(*url)) throw Stop(Exit::usage, '"' + text + "\" is no relay's address (wss://...)");
    add_relay(text);
  }
  if (relays.empty())
    for (const char* text : kDefaultRelays) add_relay(text);
  if (options.provider.empty()) return;
  const auto key = nostr::parse_public_key(options.provider);
  if (!key) throw Stop(Exit::usage, "the provider must be an npub, nprofile or hex key: " + key.error().message);
  provider = *key;
  if (const auto profile = nostr::decode_nprofile(options.provider))
    for (const auto& relay : profile->relays) add_relay(relay);
}

const crypto::PublicKey& Context::named_provider() const {
  if (!provider)
    throw Stop(Exit::usage, "which provider? Give --provider NPUB or set PAYGRESS_PROVIDER (`paygress offers` lists them)");
  return *provider;
}

void Context::add_relay(const std::string& text) {
  const auto url = util::Url::parse(text);
  if (url && is_relay(*url) && std::find(relays.begin(), relays.end(), *url) == relays.end()) relays.push_back(*url);
}

void progress(const std::string& line) { std::cerr << line << std::endl; }

}  // namespace paygress::cli
