// NIP-42 at one connection, without I/O: when to prove who we are, and with which challenge.
#pragma once

#include <optional>
#include <string>

#include "crypto/keys.h"
#include "nostr/message.h"
#include "util/time.h"
#include "util/url.h"

namespace paygress::nostr {

class RelayAuth {
 public:
  // Without a key we never authenticate: no relay but the operator's own shall learn who we are.
  RelayAuth(const crypto::SecretKey* key, util::Url url, crypto::RandomSource& random)
      : key_(key), url_(std::move(url)), random_(random) {}

  void new_connection();

  // Each gives the frame to send, or nothing if there is nothing to prove now.
  std::optional<std::string> on_challenge(std::string challenge, util::Time now);
  std::optional<std::string> on_required(util::Time now);

  // The relay does not answer our AUTH: go on without.
  void give_up() { in_flight_.reset(); }

  enum class Outcome { not_ours, accepted, refused };
  Outcome on_ok(const OkMessage& ok);

  // Could another proof still change the relay's mind?
  bool may_still_help() const;
  bool authenticated() const { return authenticated_; }
  // An answer to our AUTH is still to come: until then an empty EOSE proves nothing.
  bool in_flight() const { return in_flight_.has_value(); }

 private:
  std::optional<std::string> prove(util::Time now);

  const crypto::SecretKey* key_;
  util::Url url_;
  crypto::RandomSource& random_;
  std::string challenge_;  // the newest only: a relay that sends thousands must not fill our memory
  bool challenge_used_ = false;
  std::optional<crypto::Hash256> in_flight_;
  bool authenticated_ = false;
  int attempts_ = 0;
};

}  // namespace paygress::nostr
