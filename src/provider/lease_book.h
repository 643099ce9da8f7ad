// Leases in the database. Every writing function belongs into the caller's transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "market/lease.h"
#include "store/database.h"

namespace paygress::provider {

class LeaseBook {
 public:
  explicit LeaseBook(store::Database& database) : database_(database) {}

  std::optional<market::Lease> find(std::string_view lease_id);
  // By the pod's public key in hex.
  std::optional<market::Lease> find_pod(std::string_view pod_key);

  // A lease that is there already stays as it is.
  void insert(const market::Lease&);
  void save(const market::Lease&);

  // Everything that is not ended: bounded by the number of pods, not by history.
  std::vector<market::Lease> alive();
  // The newest leases of one customer, the ended ones of the last day with them, at most `most`.
  std::vector<market::Lease> of_owner(std::string_view owner, util::Time now, std::size_t most);
  std::optional<util::Time> next_end();

 private:
  std::vector<market::Lease> read_all(store::Statement);
  store::Database& database_;
};

}  // namespace paygress::provider
