// The part of YAML that a kubeconfig is written in, read into JSON.
#pragma once

#include <cstddef>
#include <string_view>

#include "util/json.h"
#include "util/result.h"

namespace paygress::kube {

struct YamlLimits {
  std::size_t max_bytes = 1 << 20;  // a kubeconfig with fifty clusters and their certificates is below 300 KiB
  std::size_t max_depth = 64;
};

// One document of mappings, sequences and scalars. Anchors, aliases, explicit tags, repeated keys and a second document
// are refused: a kubeconfig needs none of them, and each is a way to make two readers see two different files.
// Plain scalars are typed as in YAML's core schema (null, booleans, numbers); quoted ones are strings.
// Errors name the line and column, never the text found there: it may be a key or a token.
util::Result<util::Json> parse_yaml(std::string_view text, YamlLimits limits = {});

}  // namespace paygress::kube
