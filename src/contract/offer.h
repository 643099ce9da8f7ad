// What a provider sells: its pod specifications, prices and accepted mints, as published on relays (CONTRACT section 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace paygress::contract {

inline constexpr std::uint64_t kMaxRateMsatsPerSec = 100'000'000'000;  // a bitcoin per second: surely a mistake

struct PodSpec {
  std::string id;
  std::string name;
  std::string description;
  std::uint32_t cpu_millicores = 0;
  std::uint32_t memory_mb = 0;
  std::uint64_t rate_msats_per_sec = 0;  // 1 to kMaxRateMsatsPerSec

  bool operator==(const PodSpec&) const = default;
};

struct OfferMint {
  std::string url;
  std::string unit;
  std::optional<std::uint64_t> input_fee_ppk = {};  // missing: the mint could not be asked yet
  std::optional<std::uint64_t> msat_per_unit = {};  // what one of the unit buys here; an older offer does not say

  bool operator==(const OfferMint&) const = default;
};

struct OfferedSpec {
  PodSpec spec;
  bool available = true;  // false: sold out at the moment

  bool operator==(const OfferedSpec&) const = default;
};

struct Offer {
  std::uint64_t minimum_duration_seconds = 0;
  std::vector<std::string> whitelisted_mints;
  std::vector<OfferedSpec> pod_specs;
  // The rest are additions to the README's offer; an offer of another provider may lack them.
  std::string version;
  std::vector<OfferMint> mints;
  std::vector<std::string> images;
  std::optional<std::string> cashu_pubkey;  // tokens may be locked to it (NUT-11)
  std::string ssh_host;
  std::vector<std::string> accepts;  // "nip17", "nip04"

  bool operator==(const Offer&) const = default;
};

std::string print(const Offer&);

// Lenient: unknown fields are ignored, additions may be missing; specifications that could not be bought are left out.
util::Result<Offer> parse_offer(std::string_view json);

// The operator's POD_SPECS: strict, and every mistake is reported, by index and field, in one error.
util::Result<std::vector<PodSpec>> parse_pod_specs(std::string_view json);

}  // namespace paygress::contract
