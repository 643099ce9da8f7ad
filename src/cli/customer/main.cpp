#include <cstdlib>
#include <iostream>

#include "cli/customer/command_line.h"
#include "cli/customer/order_book.h"

namespace {

// `paygress ssh` names this program as the one that ssh asks for the password (ssh(1), SSH_ASKPASS).
int answer_ssh(const char* request_id) try {
  for (const auto& order : paygress::cli::OrderBook().all()) {
    if (order.request_id != request_id) continue;
    std::cout << order.password.reveal() << '\n';
    return 0;
  }
  return 1;
} catch (const std::exception& error) {
  std::cerr << "paygress: " << error.what() << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (const char* request_id = std::getenv("PAYGRESS_ASKPASS_ORDER")) return answer_ssh(request_id);
  return paygress::cli::run_customer(argc, argv);
}
