// Lightning invoices as far as a mint without Lightning needs them: the amount (BOLT 11, human-readable part).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace paygress::sandbox {

// "lnbc3600n1sandbox<tag>": wallets read the amount, nobody can pay it.
std::string fake_invoice(std::uint64_t msat, std::string_view tag);

// Nothing without an amount, or when it is no invoice.
std::optional<std::uint64_t> invoice_msat(std::string_view invoice);

}  // namespace paygress::sandbox
