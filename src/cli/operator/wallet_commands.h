// `paygressctl wallet ...`: the operator's money.
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace paygress::cli {

// How the daemon is reached, and how answers are shown; read when a command runs.
struct DaemonAccess {
  std::string socket;
  bool json = false;
};

class WalletCommands {
 public:
  explicit WalletCommands(const DaemonAccess& access) : access_(access) {}

  // `chosen` gets what is to be done when one of the commands was given.
  void add_to(CLI::App&, std::function<void()>& chosen);

 private:
  void show(const std::string& path) const;
  void export_token() const;
  void drain() const;
  void pay() const;
  void write_ledger() const;
  void back_up() const;
  void restore() const;

  const DaemonAccess& access_;
  std::string mint_, unit_, from_, to_, file_, order_, invoice_;
  unsigned long amount_ = 0;
  bool beyond_own_ = false, verify_ = false;
};

}  // namespace paygress::cli
