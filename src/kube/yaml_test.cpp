#include <doctest/doctest.h>

#include "kube/yaml.h"

namespace paygress::kube {
namespace {

using util::Json;

std::string problem(std::string_view text, YamlLimits limits = {}) {
  auto parsed = parse_yaml(text, limits);
  return parsed ? "accepted" : parsed.error().message;
}

TEST_CASE("a kubeconfig in block style becomes JSON") {
  const auto parsed = parse_yaml(
      "apiVersion: v1\nkind: Config\nclusters:\n- name: default\n  cluster:\n    server: https://127.0.0.1:6443 # here\n"
      "preferences: {}\nusers: []\nnothing:\nflag: true\ncount: 12\nquoted: \"12\"\nblock: |\n  two\n  lines\n");
  REQUIRE(parsed);
  CHECK((*parsed)["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:6443");
  CHECK((*parsed)["preferences"] == Json::object());
  CHECK((*parsed)["users"] == Json::array());
  CHECK((*parsed)["nothing"].is_null());
  CHECK((*parsed)["flag"] == true);
  CHECK((*parsed)["count"] == 12);
  CHECK((*parsed)["quoted"] == "12");
  CHECK((*parsed)["block"] == "two\nlines\n");
}

TEST_CASE("JSON is YAML") {
  const auto parsed = parse_yaml("{\"a\": [1, -2.5, \"x\", null, false], \"b\": {\"c\": \"\\u00e9\"}}");
  REQUIRE(parsed);
  CHECK(*parsed == Json::parse("{\"a\": [1, -2.5, \"x\", null, false], \"b\": {\"c\": \"\\u00e9\"}}"));
}

TEST_CASE("what is no number stays a text") {
  const auto parsed = parse_yaml("[v1, 1.2.3, 2025-01-01, '7', 1e999, -, 'null', yes, 99999999999999999999]");
  REQUIRE(parsed);
  CHECK(*parsed == Json::array({"v1", "1.2.3", "2025-01-01", "7", "1e999", "-", "null", "yes", 1e20}));
}

TEST_CASE("an empty file is null") {
  CHECK(parse_yaml("")->is_null());
  CHECK(parse_yaml("# only a comment\n")->is_null());
}

TEST_CASE("what two readers could read differently is refused, with its place") {
  CHECK(problem("a: 1\na: 2\n") == "line 2, column 1: the key appears twice");
  CHECK(problem("a: &x 1\n").find("anchors") != std::string::npos);
  CHECK(problem("a: &x {b: 1}\n").find("anchors") != std::string::npos);
  CHECK(problem("a: &x [1]\n").find("anchors") != std::string::npos);
  CHECK(problem("a: *x\n").find("aliases") != std::string::npos);
  CHECK(problem("a: !!str 1\n").find("tags") != std::string::npos);
  CHECK(problem("a: !local {}\n").find("tags") != std::string::npos);
  CHECK(problem("--- 1\n--- 2\n").find("second document") != std::string::npos);
  CHECK(problem("? [a]\n: 1\n").find("key") != std::string::npos);
}

TEST_CASE("bombs are refused") {
  YamlLimits small;
  small.max_bytes = 16;
  CHECK(problem(std::string(17, ' '), small).find("larger than 16") != std::string::npos);
  CHECK(problem(std::string(64, '[') + std::string(64, ']')) == "accepted");
  CHECK(problem(std::string(65, '[') + std::string(65, ']')).find("nested") != std::string::npos);
  CHECK(problem(std::string(100000, '[')).find("nested") != std::string::npos);
}

TEST_CASE("an error never repeats the text, which may be a key") {
  for (const char* text : {"a: 'hunter2", "a: {hunter2", "\thunter2: 1\n- x", "hunter2: 1\nhunter2: 2", "a: b: hunter2"}) {
    const std::string said = problem(text);
    CHECK(said != "accepted");
    CHECK(said.find("hunter2") == std::string::npos);
  }
}

}  // namespace
}  // namespace paygress::kube
