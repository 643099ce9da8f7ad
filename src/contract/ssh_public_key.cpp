// OpenSSH public key lines: sshd(8) AUTHORIZED_KEYS FILE FORMAT, and the key blobs of RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4
// and OpenSSH's PROTOCOL.u2f.
#include <array>
#include <cstdint>
#include <vector>

#include "contract/credentials.h"
#include "util/bytes.h"

namespace paygress::contract {
namespace {

using util::Errc;
using util::Error;

constexpr std::size_t kMaxLineBytes = 4096;       // an RSA key of 16384 bits is 2.8 kB
constexpr std::size_t kMinRsaModulusBytes = 257;  // 2048 bits, and the zero byte that keeps it positive

struct KeyType {
  std::string_view name;
  std::size_t parts;        // strings in the blob, the type's name included
  std::size_t measured;     // which of them has a known size
  std::size_t least, most;  // that size, in bytes
};

constexpr std::array<KeyType, 7> kKeyTypes{{
    {"ssh-ed25519", 2, 1, 32, 32},
    {"ecdsa-sha2-nistp256", 3, 2, 65, 65},
    {"ecdsa-sha2-nistp384", 3, 2, 97, 97},
    {"ecdsa-sha2-nistp521", 3, 2, 133, 133},
    {"ssh-rsa", 3, 2, kMinRsaModulusBytes, 2049},
    {"sk-ssh-ed25519@openssh.com", 3, 1, 32, 32},
    {"sk-ecdsa-sha2-nistp256@openssh.com", 4, 2, 65, 65},
}};

const KeyType* find_type(std::string_view name) {
  for (const auto& type : kKeyTypes)
    if (type.name == name) return &type;
  return nullptr;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; (at = line.find_first_not_of(" \t\r\n", at)) != line.npos;) {
    const auto end = std::min(line.find_first_of(" \t\r\n", at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

// The blob is a sequence of strings, each preceded by its length. Empty when it is not.
std::vector<util::ByteView> parts_of(util::ByteView blob) {
  std::vector<util::ByteView> parts;
  while (!blob.empty()) {
    if (blob.size() < 4) return {};
    const std::size_t size = (std::size_t{blob[0]} << 24) | (std::size_t{blob[1]} << 16) | (std::size_t{blob[2]} << 8) | blob[3];
    blob = blob.subspan(4);
    if (size > blob.size()) return {};
    parts.push_back(blob.first(size));
    blob = blob.subspan(size);
  }
  return parts;
}

}  // namespace

util::Result<std::string> parse_ssh_public_key(std::string_view line) {
  const auto invalid = [](std::string why) {
    return Error{Errc::invalid, "ssh_public_key " + std::move(why), "ssh_public_key_invalid"};
  };
  if (line.size() > kMaxLineBytes) return invalid("is longer than 4096 bytes");
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (line.find_first_of("\r\n") != line.npos) return invalid("must be one line (one key)");
  if (line.find("PRIVATE KEY") != line.npos) return invalid("is a PRIVATE key: send the .pub file, and make a new key");

  const auto words = words_of(line);
  if (words.empty()) return invalid("is empty");
  const KeyType* type = find_type(words[0]);
  if (!type)
    return invalid(
        "must begin with its type (ssh-ed25519, ssh-rsa, ecdsa-sha2-nistp256, ...); options and certificates are not accepted");
  if (words.size() < 2) return invalid("has no key after its type");
  const auto blob = util::from_base64(words[1]);
  if (!blob) return invalid("is not base64 after its type");
  const auto parts = parts_of(*blob);
  if (parts.size() != type->parts || util::to_text(parts[0]) != type->name)
    return invalid("does not hold a key of the type it names");
  const std::size_t size = parts[type->measured].size();
  if (type->name == "ssh-rsa" && size < type->least) return invalid("is an RSA key of less than 2048 bits");
  if (size < type->least || size > type->most) return invalid("holds a key of the wrong size");
  return std::string(words[0]) + ' ' + std::string(words[1]);
}

}  // namespace paygress::contract
