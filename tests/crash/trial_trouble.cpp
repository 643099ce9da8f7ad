// What goes wrong in a trial beside the daemon's death.
#include "tests/crash/trial.h"

namespace paygress::test {

using sandbox::FaultKind;

namespace {

constexpr std::chrono::milliseconds kMintDownFor{2000};

}  // namespace

void Trial::make_trouble(Trouble trouble) {
  trouble_ = trouble;
  sandbox::FaultPlan& faults = proxy_.faults();
  switch (trouble) {
    case Trouble::reply_lost: return faults.order("swap", {FaultKind::lose_reply, 0});
    case Trouble::says_spent: return faults.order("swap", {FaultKind::error, 11001});
    case Trouble::spent_late: return faults.order("swap", {FaultKind::late_error, 11001});
    case Trouble::says_signed: return faults.order("swap", {FaultKind::error, 11003});
    case Trouble::signed_late: return faults.order("swap", {FaultKind::late_error, 11003});
    case Trouble::wrong_amount: return faults.order("swap", {FaultKind::wrong_amount, 0});
    case Trouble::wrong_dleq: return faults.order("swap", {FaultKind::wrong_dleq, 0});
    case Trouble::pending:
      faults.order("swap", {FaultKind::error, 11002}, 2);
      return faults.order("checkstate", {FaultKind::pending, 0}, 2);
    case Trouble::rotation:
      // Of a mint that we cannot command, the refusal is all that can be had.
      if (!mint_.is_sandbox()) faults.order("swap", {FaultKind::error, 12002});
      return;
    case Trouble::none:
    case Trouble::mint_down: return;
  }
}

// The troubles that are more than an answer begin when the first swap arrives.
bool Trial::is_cut_by_trouble(MintProxy::Moment moment, std::string_view endpoint) {
  if (trouble_came_ || moment != MintProxy::Moment::arrived || endpoint != "swap") return false;
  trouble_came_ = true;
  if (trouble_ == Trouble::rotation && mint_.is_sandbox()) story.world.mint.rotate();
  if (trouble_ != Trouble::mint_down) return false;
  proxy_.go_down();
  errands_.start(come_back_later(), "the mint comes back");
  return true;
}

net::Task<> Trial::come_back_later() {
  co_await story.clock().sleep_for(kMintDownFor);
  proxy_.come_up();
}

}  // namespace paygress::test
