// The client's side of a request.
#include <nlohmann/json.hpp>

#include "contract/fields.h"
#include "contract/request.h"

namespace paygress::contract {
namespace {

using OrderedJson = nlohmann::ordered_json;

struct Printer {
  OrderedJson& json;

  void operator()(const SpawnRequest& spawn) const {
    json[field::cashu_token] = spawn.cashu_token.reveal();
    if (spawn.pod_spec_id) json[field::pod_spec_id] = *spawn.pod_spec_id;
    if (spawn.pod_image) json[field::pod_image] = *spawn.pod_image;
    json[field::ssh_username] = spawn.ssh_username;
    if (!spawn.ssh_password.empty()) json[field::ssh_password] = spawn.ssh_password.reveal();
    if (!spawn.ssh_public_key.empty()) json[field::ssh_public_key] = spawn.ssh_public_key;
  }
  void operator()(const TopUpRequest& top_up) const {
    json[field::pod_npub] = top_up.pod;
    json[field::cashu_token] = top_up.cashu_token.reveal();
  }
  void operator()(const StatusRequest& status) const { json[field::pod_npub] = status.pod; }
  void operator()(const EndRequest& end) const { json[field::end] = end.pod; }
  void operator()(const ListRequest&) const { json[field::list] = true; }
  void operator()(const OffersRequest&) const { json = "offers"; }
  void operator()(const HelpRequest&) const { json = "help"; }
  void operator()(const BareToken& bare) const { json = bare.token.reveal(); }
  void operator()(const AnswerShape&) const { json = ""; }
};

}  // namespace

std::string print(const ParsedRequest& request) {
  auto json = OrderedJson::object();
  std::visit(Printer{json}, request.request);
  if (json.is_string()) return json.get<std::string>();
  if (request.request_id) json[field::request_id] = *request.request_id;
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace paygress::contract
