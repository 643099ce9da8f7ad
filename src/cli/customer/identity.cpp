#include "cli/customer/identity.h"

#include <iostream>

#include "cli/common/places.h"
#include "cli/common/private_file.h"
#include "cli/common/process.h"
#include "cli/common/stop.h"
#include "contract/credentials.h"
#include "crypto/random.h"
#include "nostr/nip19.h"

namespace paygress::cli {

crypto::SecretKey load_or_make_key() {
  const auto file = config_directory() / "key";
  if (auto text = read_private(file)) {
    while (!text->empty() && text->back() == '\n') text->pop_back();
    auto key = nostr::parse_secret_key(*text);
    if (!key) throw Stop(Exit::local, file.string() + " holds no Nostr key: " + key.error().message);
    return *key;
  }
  auto key = crypto::SecretKey::generate(crypto::system_random());
  write_private(file, nostr::encode_nsec(key).reveal() + '\n');
  std::cerr << "Made your key " << nostr::encode_npub(key.public_key()) << " in " << file.string()
            << " (back it up: it owns your pods)\n";
  return key;
}

SshKey load_ssh_key(const std::filesystem::path& file) {
  const bool is_public = file.extension() == ".pub";
  const std::filesystem::path public_file = is_public ? file : std::filesystem::path(file.string() + ".pub");
  const auto line = contract::parse_ssh_public_key(read_input(public_file.string()));
  if (!line) throw Stop(Exit::local, public_file.string() + ": " + line.error().message);
  auto private_file = public_file;
  private_file.replace_extension();
  std::error_code ignored;
  if (!std::filesystem::exists(private_file, ignored)) private_file.clear();
  if (!private_file.empty()) private_file = std::filesystem::absolute(private_file);
  return {private_file, *line};
}

SshKey load_or_make_ssh_key() {
  const auto file = config_directory() / "ssh_key";
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    load_or_make_key();  // makes the directory, too
    const auto made = run_program({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "paygress", "-f", file.string()});
    if (made.status != 0)
      throw Stop(Exit::local, "cannot make an SSH key with ssh-keygen (package openssh-client); use --key or --password-file");
  }
  return load_ssh_key(file);
}

}  // namespace paygress::cli
