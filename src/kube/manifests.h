// The objects of a rental. One rental is one namespace with a Job whose activeDeadlineSeconds is the paid time, so that
// the cluster ends it even when we are gone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kube/plan.h"
#include "util/json.h"
#include "util/time.h"

namespace paygress::kube {

// Fixed names: the namespace already says which rental it is.
inline constexpr char kJobName[] = "pod";
inline constexpr char kServiceName[] = "ssh";
inline constexpr char kSecretName[] = "ssh-credentials";
inline constexpr char kRentalName[] = "rental";  // ServiceAccount, ResourceQuota, LimitRange
inline constexpr std::uint16_t kSshPort = 2222;  // in the pod

// Labels and annotations.
inline constexpr char kManagedBy[] = "app.kubernetes.io/managed-by";
inline constexpr char kLeaseLabel[] = "paygress.dev/lease";
inline constexpr char kPrefixLabel[] = "paygress.dev/prefix";
inline constexpr char kExpiresAt[] = "paygress.dev/expires-at";
inline constexpr char kTopupPrefix[] = "paygress.dev/topup-";

// Selects the objects of one daemon's rentals.
std::string label_selector(std::string_view namespace_prefix);

// `expires_at` is a first estimate, for people who look at the cluster without us.
util::Json namespace_manifest(const PodPlan&, util::Time expires_at);
util::Json service_account_manifest(const PodPlan&);
util::Json resource_quota_manifest(const PodPlan&);
util::Json limit_range_manifest(const PodPlan&);
std::vector<util::Json> network_policy_manifests(const PodPlan&);
util::Json service_manifest(const PodPlan&, std::uint16_t node_port);
util::Json job_manifest(const PodPlan&);
// Owned by the Job, so that the password goes when the rental ends, with or without us.
util::Json secret_manifest(const PodPlan&, std::string_view job_uid);
util::Json owner_reference(std::string_view job_uid);

// Old servers drop fields they do not know and answer 201 all the same. Names the first security field of `asked` that
// is missing or different in `stored`; empty when all are there.
std::string lost_field(const util::Json& asked, const util::Json& stored);

}  // namespace paygress::kube
