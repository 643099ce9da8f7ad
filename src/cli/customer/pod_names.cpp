#include "cli/customer/pod_names.h"

#include "cli/common/stop.h"

namespace paygress::cli {

NamedPod resolve_pod(Context& context, const std::string& name) {
  auto order = OrderBook().find_pod(name);
  if (!order) return {name, std::nullopt};
  if (!context.provider) {
    const auto key = crypto::PublicKey::from_hex(order->provider);
    if (!key) throw Stop(Exit::local, "the order " + order->request_id + " names no provider");
    context.use_provider(*key);
  }
  const std::string npub = order->pod->pod_npub;
  return {npub, std::move(order)};
}

void remember_end(const NamedPod& pod, util::Time end) {
  if (!pod.order) return;
  auto order = *pod.order;
  order.pod->expires_at = end;
  OrderBook().save(order);
}

}  // namespace paygress::cli
