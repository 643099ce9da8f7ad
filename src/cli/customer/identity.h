// Who the customer is: a Nostr key of his own, made at first use, and an SSH key for his pods.
#pragma once

#include <filesystem>
#include <string>

#include "crypto/keys.h"

namespace paygress::cli {

// $XDG_CONFIG_HOME/paygress/key, an nsec. Pods belong to this key: who loses it can no longer ask for them.
// Throws Stop(local).
crypto::SecretKey load_or_make_key();

struct SshKey {
  std::filesystem::path private_file;  // empty if only the public half is known
  std::string public_line;
};

// $XDG_CONFIG_HOME/paygress/ssh_key, made by ssh-keygen at first use. It is no key of ~/.ssh, so that a provider cannot
// tell whose pods these are. Throws Stop(local).
SshKey load_or_make_ssh_key();

// A key file that the user names: the public one, or the private one beside whose `.pub` it lies. Throws Stop(local).
SshKey load_ssh_key(const std::filesystem::path& file);

}  // namespace paygress::cli
