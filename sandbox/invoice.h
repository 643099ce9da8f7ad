// Lightning invoices that nobody can pay, but everybody can read (BOLT 11): signed, with a payment hash and an expiry.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/hash.h"
#include "util/time.h"

namespace paygress::sandbox {

struct FakeInvoice {
  std::uint64_t msat = 0;  // 0: the invoice names no amount
  std::string tag;         // decides the preimage, and so the payment hash
  util::Time made_at;
  std::chrono::seconds life = std::chrono::hours(1);
  std::string description = "paygress sandbox";
  std::optional<crypto::Hash256> description_hash = {};  // instead of the description
  std::string network = "bc";
};
std::string fake_invoice(const FakeInvoice&);

// The preimage that the payee of fake_invoice would give for the payment, in hex.
std::string fake_preimage(std::string_view tag);

}  // namespace paygress::sandbox
