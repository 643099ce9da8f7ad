// The customer's memory: what he asked for and what came of it, one private file per order in $XDG_STATE_HOME/paygress/orders.
//
// An order is written before its token is sent, with the whole request, so that the same command after a crash or a lost
// answer sends the same request under the same request_id and cannot be charged twice. Once the token is spent it is gone
// from the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "contract/answer.h"
#include "crypto/keys.h"
#include "util/secret.h"

namespace paygress::cli {

struct Order {
  enum class State {
    open,     // sent, or about to be; no final answer yet
    done,     // the pod runs, or was topped up
    refused,  // the service said no; a new order is needed
  };

  std::string request_id;
  State state = State::open;
  std::string provider;  // hex
  std::int64_t created_at = 0;
  std::string token_hash;  // SHA-256 in hex: the same token again is the same order
  util::Secret request;    // the request's JSON while it is open
  util::Secret password;   // only if we made it
  std::string ssh_key;     // the private key's file, if a key logs in
  bool nip04 = false;
  std::optional<contract::AccessDetails> pod;
  util::Secret refund_token;
};

std::string hash_of(const util::Secret& token);
std::string new_request_id();

class OrderBook {
 public:
  OrderBook();  // in the state directory
  explicit OrderBook(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // Throws Stop(local), as do the others.
  void save(const Order& order) const;
  std::vector<Order> all() const;  // newest first

  // The order that this token is already in, if it is still open.
  std::optional<Order> open_order(const crypto::PublicKey& provider, const std::string& token_hash) const;

  // By npub, hex key, pod id or request id, or the beginning (4 characters or more) of one that fits only one pod.
  // Throws Stop(usage) if several fit.
  std::optional<Order> find_pod(const std::string& name) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace paygress::cli
