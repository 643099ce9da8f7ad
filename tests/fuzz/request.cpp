#include "contract/request.h"
#include "tests/fuzz/target.h"

namespace paygress::test {
namespace {

bool read(std::string_view input) {
  const auto parsed = contract::parse_request(input);
  if (!parsed) {
    must(!parsed.error().code.empty(), "a refusal that does not say why");
    return false;
  }
  if (std::holds_alternative<contract::AnswerShape>(parsed->request)) return true;
  const std::string text = contract::print(*parsed);
  const auto again = contract::parse_request(text);
  must(again.has_value(), "a request that is none when it was written");
  must(again->request.index() == parsed->request.index(), "a request that is another when it was written");
  must(contract::print(*again) == text, "a request that is written in two ways");
  return true;
}

}  // namespace

FuzzTarget request_target() {
  return {
      "request",
      {R"({"cashu_token":"cashuBpGF0gaJhaUgArSaMTR9YJmFwgaNhYQ","pod_spec_id":"basic","pod_image":"","ssh_username":"alice","ssh_password":"secret-pass-1","request_id":"r1"})",
       R"({"pod_npub":"npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg","cashu_token":"cashuAeyJ0b2tlbiI6W119"})",
       R"({"action":"status","pod_npub":"npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg"})",
       "```json\n{\"cashu_token\": \"cashuAeyJ0b2tlbiI6W119\", \"ssh_username\": \"bob\", \"ssh_password\": \"password1\",}\n```",
       "status npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg", "offers", "help", "list",
       "cashuBpGF0gaJhaUgArSaMTR9YJmFwgaNhYQ"},
      read};
}

}  // namespace paygress::test
