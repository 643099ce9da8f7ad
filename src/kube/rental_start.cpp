// Starting a rental: namespace with its fences, then the port, then the Job, then what depends on the Job.
#include "kube/job_state.h"
#include "kube/manifests.h"
#include "kube/rental.h"
#include "util/log.h"

namespace paygress::kube {
namespace {

using util::Errc;
using util::Error;
using util::Json;
using util::Result;

// For a moment a new quota has no status, and nothing that it counts can be made.
constexpr std::chrono::milliseconds kQuotaPause{200};
constexpr int kQuotaTries = 50;

Error ended(const std::string& name_space, const std::string& reason) {
  return {Errc::conflict, "rental " + name_space + " has already ended (" + reason + ")", "lease_ended"};
}

Error terminating(const std::string& name_space) {
  return {Errc::conflict, "namespace " + name_space + " is being removed", "namespace_terminating"};
}

// The API's answer in terms of a rental.
Error start_error(const Failure& failure, const std::string& doing, const std::string& name_space) {
  Error error = to_error(failure, doing);
  if (failure.has_cause("NamespaceTerminating")) return terminating(name_space);
  if (failure.http_status == 403 && failure.message.find("exceeded quota") != std::string::npos) {
    error.kind = Errc::exhausted;
    error.code = "quota_exceeded";
  } else if (failure.http_status == 403 && failure.message.find("violates PodSecurity") != std::string::npos) {
    error.code = "pod_security";
  }
  return error;
}

Error field_lost(const Json& asked, const std::string& field) {
  return {Errc::refused,
          "the cluster stored " + asked.at("kind").get<std::string>() + " without " + field +
              " as asked: too old, or changed by an admission webhook",
          "field_lost"};
}

}  // namespace

net::Task<Answer> Rentals::post_patiently(Request request) {
  for (int attempt = 1;; ++attempt) {
    Answer answer = co_await client_.send(request);
    const bool quota_is_new = !answer && answer.error().http_status == 403 &&
                              answer.error().message.find("status unknown for quota") != std::string::npos;
    if (!quota_is_new || attempt >= kQuotaTries) co_return answer;
    co_await clock_.sleep_for(kQuotaPause);
  }
}

net::Task<Result<Started>> Rentals::start(PodPlan plan) {
  if (auto checked = check(plan); !checked) co_return checked.error();
  const std::string name_space = rental_namespace(plan.namespace_prefix, plan.lease_id);

  // An earlier call may have come to any point: what it made is found by name.
  Request look = get(job_path(name_space, kJobName));
  Answer job = co_await client_.send(std::move(look));
  if (!job && job.error().http_status != 404) co_return to_error(job.error(), "look for Job " + name_space + "/" + kJobName);
  std::string uid;
  if (job) {
    auto adopted = co_await adopt_job(plan, name_space, *job);
    if (!adopted) co_return adopted.error();
    uid = *adopted;
  } else {
    auto prepared = co_await prepare_namespace(plan, name_space);
    if (!prepared) co_return prepared.error();
  }
  auto port = co_await claim_port(plan, name_space);
  if (!port) co_return port.error();
  if (uid.empty()) {
    auto created = co_await create_job(plan, name_space);
    if (!created) co_return created.error();
    uid = *created;
  }

  auto given = co_await give_credentials(plan, name_space, uid);
  if (!given) co_return given.error();
  auto owned = co_await own_service(name_space, uid);
  if (!owned) co_return owned.error();
  capacity_at_.reset();  // one port and one pod fewer
  Started started;
  started.name_space = name_space;
  started.node_port = *port;
  started.job_uid = uid;
  co_return started;
}

// Quota and policies exist before anything runs here.
net::Task<Result<>> Rentals::prepare_namespace(const PodPlan& plan, const std::string& name_space) {
  auto addresses = co_await cluster_addresses();
  if (!addresses) co_return addresses.error();
  PodPlan fenced = plan;
  fenced.blocked_cidrs.insert(fenced.blocked_cidrs.end(), addresses->begin(), addresses->end());

  std::vector<std::pair<std::string, Json>> objects;
  objects.emplace_back(namespace_path(name_space), namespace_manifest(plan, clock_.now() + plan.deadline));
  objects.emplace_back(core_path(name_space, "serviceaccounts", kRentalName), service_account_manifest(plan));
  objects.emplace_back(core_path(name_space, "resourcequotas", kRentalName), resource_quota_manifest(plan));
  objects.emplace_back(core_path(name_space, "limitranges", kRentalName), limit_range_manifest(plan));
  for (Json& policy : network_policy_manifests(fenced)) {
    std::string path = network_policy_path(name_space, text_at(policy, {"metadata", "name"}));
    objects.emplace_back(std::move(path), std::move(policy));
  }
  for (const auto& [path, object] : objects) {
    Request request = kube::apply(path, object);
    Answer stored = co_await client_.send(std::move(request));
    if (!stored) co_return start_error(stored.error(), "apply " + path, name_space);
    if (object.at("kind") == "Namespace" && !text_at(*stored, {"metadata", "deletionTimestamp"}).empty())
      co_return terminating(name_space);
    if (const std::string lost = lost_field(object, *stored); !lost.empty()) co_return field_lost(object, lost);
  }
  co_return Result<>();
}

// The uid of the Job; whoever made it meanwhile, the name says that it is this rental's.
net::Task<Result<std::string>> Rentals::create_job(const PodPlan& plan, const std::string& name_space) {
  const std::string doing = "create Job " + name_space + "/" + kJobName;
  const Json manifest = job_manifest(plan);
  for (int attempt = 0; attempt < 3; ++attempt) {
    Request request = create(job_path(name_space), manifest);
    Answer made = co_await post_patiently(std::move(request));
    if (!made && !made.error().maybe_done && !made.error().is("AlreadyExists"))
      co_return start_error(made.error(), doing, name_space);
    if (!made) {
      Request look = get(job_path(name_space, kJobName));
      made = co_await client_.send(std::move(look));
      if (!made && made.error().http_status == 404) continue;  // it was not carried out
      if (!made) co_return to_error(made.error(), doing);
    }
    auto adopted = co_await adopt_job(plan, name_space, *made);
    co_return adopted;
  }
  co_return Error{Errc::unavailable, doing + ": the cluster loses every answer", "NoAnswer"};
}

net::Task<Result<std::string>> Rentals::adopt_job(const PodPlan& plan, const std::string& name_space, const Json& job) {
  const JobState state = read_job(job);
  if (state.ended) co_return ended(name_space, state.end_reason);
  Json asked = job_manifest(plan);
  // It may have been prolonged since; what counts here is that it has a deadline at all.
  if (const Json& deadline = inside(job, {"spec", "activeDeadlineSeconds"});
      deadline.is_number_integer() && deadline.get<std::int64_t>() > 0) {
    asked["spec"]["activeDeadlineSeconds"] = deadline;
  }
  const std::string lost = lost_field(asked, job);
  if (lost.empty()) co_return state.uid;
  util::log_error("a pod was stored with less protection than asked and is removed",
                  {{"PAYGRESS_NAMESPACE", name_space}, {"PAYGRESS_FIELD", lost}});
  auto removed = co_await remove(name_space);
  if (!removed)
    util::log_error("that pod could not be removed",
                    {{"PAYGRESS_NAMESPACE", name_space}, {"PAYGRESS_REASON", removed.error().message}});
  co_return field_lost(asked, lost);
}

// After the Job, because the Secret belongs to it from the first moment and we then need no right to change or read
// Secrets. The pod waits for the volume.
net::Task<Result<>> Rentals::give_credentials(const PodPlan& plan, const std::string& name_space, const std::string& job_uid) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    Request request = create(core_path(name_space, "secrets"), secret_manifest(plan, job_uid));
    Answer made = co_await post_patiently(std::move(request));
    if (made || made.error().is("AlreadyExists")) co_return Result<>();  // immutable, and the same for the same lease
    if (!made.error().maybe_done)
      co_return start_error(made.error(), "create Secret " + name_space + "/" + kSecretName, name_space);
  }
  co_return Error{Errc::unavailable, "create Secret " + name_space + "/" + kSecretName + ": the cluster loses every answer",
                  "NoAnswer"};
}

// So that the port is free again as soon as the Job is gone, with or without us.
net::Task<Result<>> Rentals::own_service(const std::string& name_space, const std::string& job_uid) {
  Json patch;
  patch["metadata"]["ownerReferences"] = Json::array({owner_reference(job_uid)});
  Request request = merge_patch(core_path(name_space, "services", kServiceName), patch);
  Answer patched = co_await client_.send(std::move(request));
  if (!patched)
    co_return start_error(patched.error(), "give Service " + name_space + "/" + kServiceName + " to its Job", name_space);
  co_return Result<>();
}

}  // namespace paygress::kube
