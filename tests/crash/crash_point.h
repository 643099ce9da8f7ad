// When the daemon is killed, what else goes wrong, and at which mint.
#pragma once

#include <string>
#include <string_view>

namespace paygress::test {

// A mint under test. No address: the one of the trial's own sandbox.
struct Mint {
  std::string name;
  std::string url;
  bool is_sandbox() const { return url.empty(); }
};

enum class Where {
  commit,    // right after the n-th commit is on disk
  request,   // when the n-th request to the mint has left, and before the mint has it
  answered,  // when the mint has carried it out, and before the daemon hears of it
};
inline constexpr Where kEverywhere[] = {Where::commit, Where::request, Where::answered};
std::string_view name(Where);

struct CrashPoint {
  Where where = Where::commit;
  unsigned n = 1;
};

enum class Trouble {
  none,
  reply_lost,    // the swap is done, its reply is lost
  says_spent,    // 11001 instead of doing the swap
  spent_late,    // 11001 although the swap is done
  says_signed,   // 11003 instead of doing the swap
  signed_late,   // 11003 although the swap is done
  pending,       // 11002, and PENDING when asked, for a while
  rotation,      // the keyset is rotated away between the look at the token and the swap: 12002
  mint_down,     // the mint goes away when the swap arrives, for a while
  wrong_amount,  // in the swap's reply
  wrong_dleq,    // in the swap's reply
};

}  // namespace paygress::test
