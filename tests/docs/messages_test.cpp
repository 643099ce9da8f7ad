// The examples of docs/messages.md, read by the parsers that daemon and clients use.
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "contract/answer.h"
#include "contract/offer.h"
#include "contract/request.h"

namespace paygress {
namespace {

using Json = nlohmann::json;

// The fenced blocks of the page, by the word behind "json": request, answer or offer.
std::map<std::string, std::vector<std::string>> examples() {
  std::ifstream page(PAYGRESS_SOURCE_DIR "/docs/messages.md");
  std::map<std::string, std::vector<std::string>> found;
  std::string kind, text;
  for (std::string line; std::getline(page, line);) {
    if (kind.empty() && line.starts_with("```json ")) {
      kind = line.substr(8);
      text.clear();
    } else if (!kind.empty() && line == "```") {
      found[kind].push_back(text);
      kind.clear();
    } else if (!kind.empty()) {
      text += line + "\n";
    }
  }
  return found;
}

// Names of all fields, as paths: a field that the parser does not know is missing after a round trip.
void collect_fields(const Json& json, const std::string& prefix, std::set<std::string>& fields) {
  if (json.is_object()) {
    for (const auto& [name, value] : json.items()) {
      fields.insert(prefix + name);
      collect_fields(value, prefix + name + ".", fields);
    }
  } else if (json.is_array()) {
    for (const auto& value : json) collect_fields(value, prefix, fields);
  }
}

std::set<std::string> fields_lost(const std::string& before, const std::string& after) {
  std::set<std::string> written, kept, lost;
  collect_fields(Json::parse(before), "", written);
  collect_fields(Json::parse(after), "", kept);
  for (const auto& field : written) {
    if (!kept.contains(field)) lost.insert(field);
  }
  return lost;
}

TEST_CASE("every request of the page is a request") {
  const auto requests = examples()["request"];
  REQUIRE(requests.size() >= 5);
  for (const auto& text : requests) {
    CAPTURE(text);
    const auto parsed = contract::parse_request(text);
    REQUIRE(parsed.has_value());
    CHECK(fields_lost(text, contract::print(parsed.value())) == std::set<std::string>());
  }
}

TEST_CASE("every answer of the page is what a client reads") {
  const auto answers = examples()["answer"];
  REQUIRE(answers.size() >= 3);
  for (const auto& text : answers) {
    CAPTURE(text);
    const auto parsed = contract::parse_answer(text);
    REQUIRE(parsed.has_value());
    CHECK(fields_lost(text, contract::print(parsed.value())) == std::set<std::string>());
  }
}

TEST_CASE("the offer of the page is an offer") {
  const auto offers = examples()["offer"];
  REQUIRE(offers.size() >= 1);
  for (const auto& text : offers) {
    const auto parsed = contract::parse_offer(text);
    REQUIRE(parsed.has_value());
    CHECK(fields_lost(text, contract::print(parsed.value())) == std::set<std::string>());
  }
}

}  // namespace
}  // namespace paygress
