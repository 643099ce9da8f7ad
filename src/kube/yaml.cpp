#include "kube/yaml.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <yaml.h>

namespace paygress::kube {
namespace {

using util::Errc;
using util::Error;
using util::Json;
using util::Result;

class Parser {
 public:
  explicit Parser(std::string_view text) {
    if (!yaml_parser_initialize(&parser_)) throw std::bad_alloc();
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~Parser() { yaml_parser_delete(&parser_); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  bool next(yaml_event_t& event) { return yaml_parser_parse(&parser_, &event) == 1; }
  const yaml_parser_t& state() const { return parser_; }

 private:
  yaml_parser_t parser_;
};

// Takes the event out of the parser and frees it with the scope.
class Event {
 public:
  explicit Event(Parser& parser) : ok_(parser.next(event_)) {}
  ~Event() {
    if (ok_) yaml_event_delete(&event_);
  }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  bool ok() const { return ok_; }
  const yaml_event_t* operator->() const { return &event_; }

 private:
  yaml_event_t event_{};
  bool ok_;
};

Error at(const yaml_mark_t& mark, std::string what) {
  return {Errc::malformed,
          "line " + std::to_string(mark.line + 1) + ", column " + std::to_string(mark.column + 1) + ": " + std::move(what),
          "yaml_malformed"};
}

// YAML 1.2 core schema, section 10.3.2.
Json plain_scalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  const bool numeric =
      text.find_first_not_of("0123456789+-.eE") == std::string::npos && text.find_first_of("0123456789") != std::string::npos;
  if (!numeric) return text;
  const char* begin = text.data() + (text[0] == '+');
  const char* end = text.data() + text.size();
  std::int64_t whole = 0;
  if (auto [stop, error] = std::from_chars(begin, end, whole); error == std::errc() && stop == end) return whole;
  double real = 0;
  if (auto [stop, error] = std::from_chars(begin, end, real); error == std::errc() && stop == end && std::isfinite(real))
    return real;
  return text;  // "1.2.3", "2025-01-01", a number too large
}

// Builds the document bottom up on a stack of its own, so that depth costs no call frames.
class Builder {
 public:
  explicit Builder(YamlLimits limits) : limits_(limits) {}

  Result<> open(Json container, const yaml_mark_t& mark) {
    if (open_.size() >= limits_.max_depth) return at(mark, "nested too deeply");
    if (expects_key()) return at(mark, "only a plain text can be a key");
    open_.push_back({std::move(container), std::nullopt});
    return {};
  }

  Result<> close(const yaml_mark_t& mark) {
    Json done = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(done), mark);
  }

  Result<> scalar(std::string text, bool plain, const yaml_mark_t& mark) {
    if (!expects_key()) return add(plain ? plain_scalar(text) : Json(std::move(text)), mark);
    if (open_.back().value.contains(text)) return at(mark, "the key appears twice");
    open_.back().key = std::move(text);
    return {};
  }

  Json take() { return std::move(root_); }

 private:
  struct Open {
    Json value;
    std::optional<std::string> key;
  };

  bool expects_key() const { return !open_.empty() && open_.back().value.is_object() && !open_.back().key; }

  Result<> add(Json value, const yaml_mark_t&) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (Open& parent = open_.back(); parent.value.is_object()) {
      parent.value[std::move(*parent.key)] = std::move(value);
      parent.key.reset();
    } else {
      parent.value.push_back(std::move(value));
    }
    return {};
  }

  YamlLimits limits_;
  std::vector<Open> open_;
  Json root_;
};

Result<> take(Builder& builder, const Event& event) {
  const yaml_mark_t& mark = event->start_mark;
  switch (event->type) {
    case YAML_ALIAS_EVENT: return at(mark, "aliases are not accepted here");
    case YAML_SCALAR_EVENT: {
      const auto& scalar = event->data.scalar;
      if (scalar.anchor) return at(mark, "anchors are not accepted here");
      if (scalar.tag) return at(mark, "tags are not accepted here");
      std::string text(reinterpret_cast<const char*>(scalar.value), scalar.length);
      return builder.scalar(std::move(text), scalar.style == YAML_PLAIN_SCALAR_STYLE, mark);
    }
    case YAML_SEQUENCE_START_EVENT:
      if (event->data.sequence_start.anchor) return at(mark, "anchors are not accepted here");
      if (event->data.sequence_start.tag) return at(mark, "tags are not accepted here");
      return builder.open(Json::array(), mark);
    case YAML_MAPPING_START_EVENT:
      if (event->data.mapping_start.anchor) return at(mark, "anchors are not accepted here");
      if (event->data.mapping_start.tag) return at(mark, "tags are not accepted here");
      return builder.open(Json::object(), mark);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: return builder.close(mark);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT: return {};
  }
  return {};
}

}  // namespace

Result<Json> parse_yaml(std::string_view text, YamlLimits limits) {
  if (text.size() > limits.max_bytes) {
    return Error{Errc::exhausted, "larger than " + std::to_string(limits.max_bytes) + " bytes", "yaml_too_large"};
  }
  Parser parser(text);
  Builder builder(limits);
  int documents = 0;
  for (;;) {
    Event event(parser);
    if (!event.ok()) {
      const char* problem = parser.state().problem;
      return at(parser.state().problem_mark, problem ? problem : "not YAML");
    }
    if (event->type == YAML_STREAM_END_EVENT) return Result<Json>(boost::system::in_place_value, builder.take());
    if (event->type == YAML_DOCUMENT_START_EVENT && ++documents > 1)
      return at(event->start_mark, "a second document is not accepted here");
    if (auto taken = take(builder, event); !taken) return taken.error();
  }
}

}  // namespace paygress::kube
