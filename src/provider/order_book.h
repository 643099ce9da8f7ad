// Orders and handled messages in the database. Every writing function belongs into the caller's transaction.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "market/order.h"
#include "store/database.h"

namespace paygress::provider {

class OrderBook {
 public:
  explicit OrderBook(store::Database& database) : database_(database) {}

  // False if the message was handled before. `id` is the one that we computed, never one that was claimed.
  bool first_time(std::string_view message_id, util::Time now);
  bool was_handled(std::string_view message_id);
  void forget_messages_before(util::Time);

  // Up to when we have everything that a relay had for us; needs no transaction.
  std::optional<util::Time> read_until(std::string_view relay);
  void keep_read_until(std::string_view relay, util::Time);

  std::optional<market::Order> find(std::string_view order_id);
  void insert(const market::Order&, util::Time now);
  void save(const market::Order&, util::Time now);

  // The final answer, kept so that the same request gets the same answer. Empty: none yet.
  void keep_answer(std::string_view order_id, std::string_view answer);
  std::string answer_of(std::string_view order_id);

  std::vector<std::string> open_orders();
  std::size_t count_open();
  std::size_t count_open_of(std::string_view customer);

 private:
  store::Database& database_;
};

}  // namespace paygress::provider
