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
  commit,    // right after a commit is on disk
  request,   // when a request to the mint has left, and before the mint has it
  answered,  // when the mint has carried it out, and before the daemon hears of it
};
inline constexpr Where kEverywhere[] = {Where::commit, Where::request, Where::answered};
std::string_view name(Where);

// The n-th commit, or the n-th request to one endpoint: requests to several may come in one order today and in another tomorrow.
struct CrashPoint {
  Where where = Where::commit;
  unsigned n = 1;        // 0: the daemon is not killed
  std::string endpoint;  // of the mint, as sandbox/mint_routes.h calls it
};
// "request swap 1"
std::string name(const CrashPoint&);

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
