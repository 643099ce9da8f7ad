// A Cashu mint on loopback with its own keys: it signs, proves (NUT-12), swaps atomically and remembers every spent proof,
// and its invoices pay themselves. Money is kept in a journal, so that a killed sandbox owes what it owed before.
//
// NUT-00 to 09, 10, 11 and 14 (spending conditions are enforced), 12, 19.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "crypto/point.h"
#include "net/http_server.h"
#include "net/task.h"
#include "sandbox/fault.h"
#include "sandbox/mint_ledger.h"

namespace paygress::crypto {
class RandomSource;
}
namespace paygress::net {
class Clock;
}

namespace paygress::sandbox {

class Listener;

struct MintOptions {
  std::uint16_t port = 0;  // 0: the system chooses
  std::vector<std::string> units = {"sat"};
  bool v1_keyset_ids = false;  // the older 16-digit ids
  std::uint64_t input_fee_ppk = 100;
  std::filesystem::path journal;            // empty: money is kept in memory only
  std::chrono::seconds reply_cache_ttl{0};  // NUT-19; 0: not offered
  std::string clear_auth_path;              // NUT-21: announced as protected (and is not); empty: nothing is
};

// What make_token() may do otherwise.
struct TokenOptions {
  std::string unit = "sat";
  std::vector<std::uint64_t> amounts;    // empty: the powers of two of the amount
  std::optional<crypto::Point> lock_to;  // NUT-11
  std::optional<std::int64_t> locktime;  // with lock_to: anybody's after this time
  // Any other lock (NUT-10): the secret of each proof.
  std::function<std::string(const std::string& nonce)> secret;
  bool dleq = true;
  std::string memo;
};

class FakeMint {
 public:
  FakeMint(boost::asio::any_io_executor, net::Clock&, crypto::RandomSource&, MintOptions = {});
  ~FakeMint();
  FakeMint(const FakeMint&) = delete;

  std::string url() const;  // "http://127.0.0.1:4711"
  std::uint16_t port() const;
  net::Task<> run();

  // Endpoints: info, keys, keysets, mint_quote, mint_quote_state, mint, swap, checkstate, restore, melt_quote, melt_quote_state,
  // melt.
  FaultPlan& faults() { return faults_; }
  void go_down();
  void come_up();

  // How its Lightning payments end; those that hang end when told.
  FakeLightning& lightning() { return ledger_->lightning(); }
  void end_payments(bool settled);

  // A new keyset for the unit; the old ones stay valid as inputs, and outputs on them get 12002. Gives its id.
  std::string rotate(const std::string& unit = "sat", std::optional<std::uint64_t> input_fee_ppk = {});
  // These proofs answer 11002 and PENDING until released.
  void set_pending(const std::string& y, bool pending = true);

  // Free money: a cashuB token of this mint.
  std::string make_token(std::uint64_t amount, const TokenOptions& = {});

  ProofState state(const std::string& y) const;
  // All of the token's proofs are spent here; throws util::Error as exception when it is no token.
  bool is_spent(const std::string& token) const;
  Books books() const;
  const MintLedger& ledger() const { return *ledger_; }

  // Answers what is not below /v1/ (the sandbox puts its control endpoint here); unset: 404.
  std::function<net::Task<net::ServerResponse>(net::ServerRequest)> other_paths;

 private:
  struct CachedReply {
    std::string body;
    util::Time until;
  };
  net::Task<net::ServerResponse> handle(net::ServerRequest);
  net::ServerResponse carry_out(const std::string& endpoint, const std::string& argument, const net::ServerRequest&);
  util::Json answer(const std::string& endpoint, const std::string& argument, const net::ServerRequest&);
  util::Json information() const;
  util::Json keys(bool with_keys, const std::string& only_id) const;
  std::string lock(const TokenOptions&);

  net::Clock& clock_;
  crypto::RandomSource& random_;
  MintOptions options_;
  FaultPlan faults_;
  std::map<std::string, CachedReply> replies_;  // NUT-19, by path and body
  std::unique_ptr<MintLedger> ledger_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace paygress::sandbox
