#include "provider/lease_book.h"

#include "provider/records.h"

namespace paygress::provider {
std::vector<market::Lease> LeaseBook::read_all(store::Statement statement) {
  std::vector<market::Lease> leases;
  while (statement.step()) leases.push_back(lease_from_record(statement.text(0)));
  return leases;
}

std::optional<market::Lease> LeaseBook::find(std::string_view lease_id) {
  store::Statement statement = database_.prepare("SELECT body FROM leases WHERE id = ?");
  statement.bind(lease_id);
  if (!statement.step()) return std::nullopt;
  return lease_from_record(statement.text(0));
}

std::optional<market::Lease> LeaseBook::find_pod(std::string_view pod_key) {
  store::Statement statement = database_.prepare("SELECT body FROM leases WHERE pod_key = ?");
  statement.bind(pod_key);
  if (!statement.step()) return std::nullopt;
  return lease_from_record(statement.text(0));
}

void LeaseBook::insert(const market::Lease& lease) {
  database_.run("INSERT OR IGNORE INTO leases (id, order_id, owner, pod_key, state, ends_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
                lease.id, lease.order_id, lease.owner, lease.pod_key, market::name(lease.state),
                util::unix_milliseconds(lease.ends_at), to_record(lease));
}

void LeaseBook::save(const market::Lease& lease) {
  database_.run("UPDATE leases SET state = ?, ends_at = ?, body = ? WHERE id = ?", market::name(lease.state),
                util::unix_milliseconds(lease.ends_at), to_record(lease), lease.id);
}

std::vector<market::Lease> LeaseBook::alive() {
  return read_all(database_.prepare("SELECT body FROM leases WHERE state <> 'ended' ORDER BY ends_at"));
}

std::vector<market::Lease> LeaseBook::of_owner(std::string_view owner, util::Time now, std::size_t most) {
  store::Statement statement = database_.prepare(
      "SELECT body FROM leases WHERE owner = ? AND (state <> 'ended' OR ends_at > ?) ORDER BY ends_at DESC LIMIT ?");
  statement.bind(owner).bind(util::unix_milliseconds(now - std::chrono::hours(24))).bind(static_cast<std::int64_t>(most));
  return read_all(std::move(statement));
}

std::optional<util::Time> LeaseBook::next_end() {
  store::Statement statement = database_.prepare("SELECT min(ends_at) FROM leases WHERE state = 'active'");
  if (!statement.step() || statement.is_null(0)) return std::nullopt;
  return util::from_unix_milliseconds(statement.integer(0));
}

}  // namespace paygress::provider
