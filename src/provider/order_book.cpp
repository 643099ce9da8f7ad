#include "provider/order_book.h"

#include "provider/records.h"

namespace paygress::provider {
namespace {

std::size_t count(store::Statement statement) {
  statement.step();
  return static_cast<std::size_t>(statement.integer(0));
}

}  // namespace

bool OrderBook::first_time(std::string_view message_id, util::Time now) {
  return database_.run("INSERT OR IGNORE INTO messages (id, handled_at) VALUES (?, ?)", message_id, util::unix_milliseconds(now)) ==
         1;
}

bool OrderBook::was_handled(std::string_view message_id) {
  store::Statement statement = database_.prepare("SELECT 1 FROM messages WHERE id = ?");
  statement.bind(message_id);
  return statement.step();
}

void OrderBook::forget_messages_before(util::Time time) {
  database_.run("DELETE FROM messages WHERE handled_at < ?", util::unix_milliseconds(time));
}

std::optional<util::Time> OrderBook::read_until(std::string_view relay) {
  store::Statement statement = database_.prepare("SELECT last_good FROM relays WHERE url = ?");
  statement.bind(relay);
  if (!statement.step()) return std::nullopt;
  return util::from_unix_milliseconds(statement.integer(0));
}

void OrderBook::keep_read_until(std::string_view relay, util::Time time) {
  database_.run("INSERT INTO relays (url, last_good) VALUES (?, ?) ON CONFLICT (url) DO UPDATE SET last_good = excluded.last_good",
                relay, util::unix_milliseconds(time));
}

std::optional<market::Order> OrderBook::find(std::string_view order_id) {
  store::Statement statement = database_.prepare("SELECT body FROM orders WHERE id = ?");
  statement.bind(order_id);
  if (!statement.step()) return std::nullopt;
  return order_from_record(statement.text(0));
}

void OrderBook::insert(const market::Order& order, util::Time now) {
  database_.run("INSERT INTO orders (id, customer, body, ended, updated_at) VALUES (?, ?, ?, ?, ?)", order.id, order.customer,
                to_record(order), std::int64_t{order.is_final()}, util::unix_milliseconds(now));
}

void OrderBook::save(const market::Order& order, util::Time now) {
  database_.run("UPDATE orders SET body = ?, ended = ?, updated_at = ? WHERE id = ?", to_record(order),
                std::int64_t{order.is_final()}, util::unix_milliseconds(now), order.id);
}

void OrderBook::keep_answer(std::string_view order_id, std::string_view answer) {
  database_.run("UPDATE orders SET answer = ? WHERE id = ?", answer, order_id);
}

std::string OrderBook::answer_of(std::string_view order_id) {
  store::Statement statement = database_.prepare("SELECT answer FROM orders WHERE id = ?");
  statement.bind(order_id);
  return statement.step() ? statement.text(0) : std::string();
}

std::vector<std::string> OrderBook::open_orders() {
  store::Statement statement = database_.prepare("SELECT id FROM orders WHERE ended = 0 ORDER BY updated_at");
  std::vector<std::string> ids;
  while (statement.step()) ids.push_back(statement.text(0));
  return ids;
}

std::size_t OrderBook::count_open() { return count(database_.prepare("SELECT count(*) FROM orders WHERE ended = 0")); }

std::size_t OrderBook::count_open_of(std::string_view customer) {
  store::Statement statement = database_.prepare("SELECT count(*) FROM orders WHERE customer = ? AND ended = 0");
  statement.bind(customer);
  return count(std::move(statement));
}

}  // namespace paygress::provider
