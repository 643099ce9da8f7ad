// The mint's money: keysets, quotes, what was signed and what was spent. Knows no network. Every operation is one line of the
// journal, written before the reply exists, so a swap happens wholly or not at all.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cashu/proof.h"
#include "crypto/hash.h"
#include "crypto/point.h"
#include "sandbox/fake_lightning.h"
#include "sandbox/journal.h"
#include "sandbox/mint_keys.h"
#include "util/json.h"
#include "util/time.h"

namespace paygress::crypto {
class RandomSource;
}

namespace paygress::sandbox {

enum class ProofState { unspent, pending, spent };

// A refusal in the protocol's words (NUT error_codes): HTTP 400 {detail, code}.
struct MintRefusal : std::exception {
  MintRefusal(int code_, std::string detail_) : code(code_), detail(std::move(detail_)) {}
  const char* what() const noexcept override { return detail.c_str(); }
  int code;
  std::string detail;
};

// In msat, all units together. Always: created - melted - fees == issued - redeemed == outstanding.
struct Books {
  std::uint64_t created_msat = 0;   // came in: paid quotes and free tokens
  std::uint64_t melted_msat = 0;    // went out by Lightning
  std::uint64_t fees_msat = 0;      // input fees kept by the mint
  std::uint64_t issued_msat = 0;    // all signatures ever given
  std::uint64_t redeemed_msat = 0;  // all proofs ever spent
  std::uint64_t outstanding_msat() const { return issued_msat - redeemed_msat; }
};

class MintLedger {
 public:
  struct Options {
    std::vector<std::string> units;
    bool v1_keyset_ids = false;
    std::uint64_t input_fee_ppk = 0;
    std::filesystem::path journal;  // empty: memory only
  };
  // Replays the journal if there is one; keysets then come from it, not from the options.
  MintLedger(Options, crypto::RandomSource&);
  MintLedger(const MintLedger&) = delete;

  const std::vector<MintKeyset>& keysets() const { return keysets_; }
  const MintKeyset& active(const std::string& unit) const;  // MintRefusal 11013
  std::string rotate(const std::string& unit, std::uint64_t input_fee_ppk);

  // The bodies of NUT-03, 04, 05, 07 and 09, as parsed JSON; each throws MintRefusal.
  util::Json swap(const util::Json& request, util::Time now);
  util::Json mint_quote(const util::Json& request, util::Time now);
  util::Json mint_quote_state(const std::string& quote) const;
  util::Json mint(const util::Json& request);
  util::Json check_state(const util::Json& request) const;
  util::Json restore(const util::Json& request) const;
  util::Json melt_quote(const util::Json& request, util::Time now);
  util::Json melt_quote_state(const std::string& quote) const;
  util::Json melt(const util::Json& request, util::Time now);
  FakeLightning& lightning() { return lightning_; }
  // All payments that hang: settled, or failed.
  void end_payments(bool settled, util::Time now);

  // Proofs out of nothing: blinded, signed and unblinded here, with DLEQ.
  std::vector<cashu::Proof> issue(const std::string& unit, const std::vector<std::uint64_t>& amounts,
                                  const std::vector<std::string>& secrets);

  void set_pending(const std::string& y, bool pending);
  ProofState state(const std::string& y) const;
  Books books() const { return books_; }

 private:
  struct Signature {
    std::uint64_t amount = 0;
    std::string keyset_id;
    crypto::Point C_;
    cashu::Dleq dleq;
  };
  struct Output {
    std::uint64_t amount = 0;
    std::string keyset_id;
    crypto::Point B_;
  };
  struct Inputs {
    std::vector<cashu::Proof> proofs;
    std::vector<std::string> ys;
    std::string unit;
    std::uint64_t sum = 0, fee = 0;
  };
  struct Quote {
    std::uint64_t amount = 0, fee_reserve = 0;
    std::string unit, request;
    std::int64_t expiry = 0;
    bool done = false;        // issued, or paid out
    util::Json pending_melt;  // the request that is being paid; null: none
  };

  const MintKeyset& find(const std::string& keyset_id) const;
  Inputs read_inputs(const util::Json& request) const;
  std::vector<Output> read_outputs(const util::Json& request) const;
  // The rules every new output must pass; gives their sum.
  std::uint64_t check_outputs(const std::vector<Output>&, const std::string& unit) const;
  Signature sign(const Output&) const;
  static util::Json to_json(const Signature&);

  const Quote& find_melt_quote(const std::string& id) const;
  util::Json pay_out(const std::string& id, const util::Json& request, util::Time now) const;
  void hang(const std::string& id, const util::Json& request);

  // A movement of money as a line of the journal: what is spent, what is signed (the replies go into `signatures`).
  util::Json movement(const std::string& unit, const Inputs&, const std::vector<Output>&, util::Json& signatures) const;
  void commit(const util::Json& line);  // written, then applied
  void apply(const util::Json& line);
  void apply_movement(const util::Json& line);

  Options options_;
  crypto::RandomSource& random_;
  FakeLightning lightning_;
  crypto::Hash256 seed_{};
  std::vector<MintKeyset> keysets_;
  std::map<std::string, std::uint64_t> spent_;  // Y -> amount
  std::set<std::string> pending_;
  std::map<std::string, Signature> signed_;  // B_ -> what it got
  std::map<std::string, Quote> mint_quotes_, melt_quotes_;
  std::map<std::string, util::Json> change_;  // melt quote -> signatures
  Books books_;
  Journal journal_;
};

}  // namespace paygress::sandbox
