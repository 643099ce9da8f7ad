#include "kube/rental.h"

namespace paygress::kube {

Rentals::Rentals(Client& client, net::Clock& clock, std::function<std::uint32_t()> random)
    : client_(client), clock_(clock), random_(std::move(random)) {}

}  // namespace paygress::kube
