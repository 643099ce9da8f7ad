// From what the customer types to the pod that is meant, and to the provider who runs it.
#pragma once

#include <optional>
#include <string>

#include "cli/customer/context.h"
#include "cli/customer/order_book.h"
#include "util/time.h"

namespace paygress::cli {

struct NamedPod {
  std::string name;            // what the provider knows it by
  std::optional<Order> order;  // if it is one of ours
};

// One of our orders, whose provider is then used unless another was named; else the name as it is.
NamedPod resolve_pod(Context& context, const std::string& name);

// Writes the new end of one of our pods into its order.
void remember_end(const NamedPod& pod, util::Time end);

}  // namespace paygress::cli
