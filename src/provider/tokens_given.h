// Tokens that left the house: refunds, unused time, the operator's exports. Their text is kept until somebody has redeemed them, so
// that a lost message does not lose the money.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cashu/amount.h"
#include "store/database.h"
#include "util/secret.h"
#include "util/time.h"

namespace paygress::provider {

enum class TokenKind { refund, unused_time, withdrawal };
const char* name(TokenKind);

struct GivenToken {
  std::string id;  // the order, the ended lease, or the operator's withdrawal
  TokenKind kind = TokenKind::refund;
  std::string mint, unit;
  cashu::Amount amount;
  util::Secret token;
  util::Time created_at{};
};

class TokensGiven {
 public:
  explicit TokensGiven(store::Database& database) : database_(database) {}

  void add(const GivenToken&, util::Time now);
  std::optional<GivenToken> find(std::string_view id);
  // Those that nobody has redeemed yet, as far as we know; the oldest first.
  std::vector<GivenToken> open(std::size_t most);
  // The next ones of those after `place`, in no order that matters; moves `place` on, and back to 0 behind the last.
  std::vector<GivenToken> next_open(std::int64_t& place, std::size_t most);
  // The mint says that it is spent. The text is forgotten.
  void redeemed(std::string_view id);

 private:
  std::vector<GivenToken> read_all(store::Statement);
  store::Database& database_;
};

}  // namespace paygress::provider
