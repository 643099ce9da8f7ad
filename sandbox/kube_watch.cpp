// Watches: newline-delimited events out of the store's history (the other half of KubeApi).
#include <stdexcept>

#include "net/clock.h"
#include "sandbox/kube_api.h"
#include "sandbox/kube_selector.h"
#include "sandbox/kube_status.h"

namespace paygress::sandbox {
namespace {

using util::Json;

constexpr std::chrono::seconds kBookmarkInterval{10};  // about a minute in a real cluster
constexpr std::int64_t kDefaultTimeout = 1800;

std::string parameter(const net::ServerRequest& request, const char* name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string() : found->second;
}

std::string line(const std::string& type, const Json& object) {
  const Json event = {{"type", type}, {"object", object}};
  return event.dump() + "\n";
}

}  // namespace

struct KubeApi::Watcher {
  KubeApi& api;
  KubePlace place;
  std::string labels, fields;
  std::uint64_t seen = 0;      // the revision up to which everything is told
  bool tell_all = false;       // begin with what exists
  bool say_when_told = false;  // and with a bookmark after that
  bool bookmarks = false;
  std::chrono::seconds lifetime{0};
  bool gone = false, cut = false;
  net::Event changed;

  Watcher(KubeApi& owner, KubePlace where) : api(owner), place(std::move(where)) { api.watchers_.insert(this); }
  ~Watcher() { api.watchers_.erase(this); }

  bool wants(const Json& object) const {
    return (place.ns.empty() || object["metadata"].value("namespace", std::string()) == place.ns) && labels_match(object, labels) &&
           fields_match(object, fields);
  }
  std::string bookmark(bool initial) const {
    Json metadata = {{"resourceVersion", std::to_string(seen)}, {"creationTimestamp", nullptr}};
    if (initial) metadata["annotations"] = {{"k8s.io/initial-events-end", "true"}};
    return line("BOOKMARK", {{"apiVersion", place.type->api_version()}, {"kind", place.type->kind}, {"metadata", metadata}});
  }
  // What has happened since `seen`, as lines.
  std::string news() {
    std::string text;
    for (const Change& change : api.store_.history()) {
      if (change.revision <= seen || change.type != place.type || !wants(change.object)) continue;
      text += line(change.verb, change.object);
    }
    seen = api.store_.revision();
    return text;
  }
};

net::ServerResponse KubeApi::watch(const KubePlace& place, const net::ServerRequest& request) {
  auto watcher = std::make_shared<Watcher>(*this, place);
  watcher->labels = parameter(request, "labelSelector");
  watcher->fields = parameter(request, "fieldSelector");
  watcher->bookmarks = parameter(request, "allowWatchBookmarks") == "true" || parameter(request, "allowWatchBookmarks") == "1";
  watcher->say_when_told = parameter(request, "sendInitialEvents") == "true";
  const std::string timeout = parameter(request, "timeoutSeconds"), from = parameter(request, "resourceVersion");
  watcher->lifetime = std::chrono::seconds(timeout.empty() ? kDefaultTimeout : std::stoll(timeout));
  watcher->tell_all = from.empty() || from == "0" || watcher->say_when_told;
  watcher->seen = watcher->tell_all ? store_.revision() : std::stoull(from);
  watcher->gone = !watcher->tell_all && !store_.remembers(watcher->seen);

  net::ServerResponse response;
  response.stream = [this, watcher](net::StreamWriter& out) { return stream_changes(watcher, out); };
  return response;
}

net::Task<> KubeApi::stream_changes(std::shared_ptr<Watcher> watcher, net::StreamWriter& out) {
  std::string text;
  if (watcher->tell_all) {
    for (const Json& object : store_.list(*watcher->place.type, watcher->place.ns)) {
      if (watcher->wants(object)) text += line("ADDED", object);
    }
    watcher->seen = store_.revision();
    if (watcher->say_when_told) text += watcher->bookmark(true);
  }
  const net::SteadyTime end = clock_.steady_now() + watcher->lifetime;
  for (;;) {
    if (watcher->cut) throw std::runtime_error("a test cut this watch");
    if (watcher->gone) {
      text += line("ERROR", expired_status(watcher->seen, store_.revision()));
      co_await out.write(std::move(text));
      co_return;
    }
    text += watcher->news();
    if (!text.empty()) {
      const bool there = co_await out.write(std::move(text));
      if (!there) co_return;
      text.clear();
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock_.steady_now());
    if (left.count() <= 0) co_return;
    const auto wait = std::min<std::chrono::milliseconds>(left, kBookmarkInterval);
    const bool woken = co_await watcher->changed.wait_for(clock_, wait);
    if (!woken && watcher->bookmarks) text = watcher->bookmark(false);
  }
}

void KubeApi::on_change() {
  for (Watcher* watcher : watchers_) watcher->changed.notify();
}

void KubeApi::forget_history() {
  store_.forget_history();
  for (Watcher* watcher : watchers_) {
    watcher->gone = true;
    watcher->changed.notify();
  }
}

void KubeApi::cut_watches() {
  for (Watcher* watcher : watchers_) {
    watcher->cut = true;
    watcher->changed.notify();
  }
}

}  // namespace paygress::sandbox
