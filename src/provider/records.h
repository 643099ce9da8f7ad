// Orders and leases as the database keeps them: JSON that loads back to the same value.
#pragma once

#include <string>
#include <string_view>

#include "market/lease.h"
#include "market/order.h"

namespace paygress::provider {

std::string to_record(const market::Order&);
std::string to_record(const market::Lease&);

// Throw when the text is not what to_record wrote: a broken database is not something to go on with.
market::Order order_from_record(std::string_view);
market::Lease lease_from_record(std::string_view);

}  // namespace paygress::provider
