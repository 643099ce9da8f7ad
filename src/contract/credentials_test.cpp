#include "contract/credentials.h"

#include <doctest/doctest.h>

#include "util/bytes.h"

using namespace paygress::contract;
using paygress::util::Bytes;

namespace {

// A key line whose blob holds parts of the given sizes after its inner type.
std::string key_line(const std::string& type, const std::string& inner, std::initializer_list<std::size_t> sizes) {
  Bytes blob;
  const auto put = [&](const Bytes& part) {
    for (int shift : {24, 16, 8, 0}) blob.push_back(static_cast<std::uint8_t>(part.size() >> shift));
    blob.insert(blob.end(), part.begin(), part.end());
  };
  put(Bytes(inner.begin(), inner.end()));
  for (auto size : sizes) put(Bytes(size, 7));
  return type + ' ' + paygress::util::base64(blob);
}

}  // namespace

TEST_CASE("the key types that OpenSSH makes today are accepted") {
  for (const auto& line : {key_line("ssh-ed25519", "ssh-ed25519", {32}), key_line("ssh-rsa", "ssh-rsa", {3, 257}),
                           key_line("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", {8, 65}),
                           key_line("ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", {8, 97}),
                           key_line("ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", {8, 133}),
                           key_line("sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.com", {32, 4}),
                           key_line("sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", {8, 65, 4})}) {
    CAPTURE(line);
    CHECK(parse_ssh_public_key(line).value() == line);
    CHECK(parse_ssh_public_key("  " + line + "\t a comment with words \r\n").value() == line);
  }
}

TEST_CASE("a line that would do more than let one key in is refused") {
  const auto good = key_line("ssh-ed25519", "ssh-ed25519", {32});
  for (const auto& line :
       {std::string(), std::string("ssh-ed25519"), "command=\"reboot\" " + good, "no-pty " + good, "@cert-authority * " + good,
        good + "\n" + good, good + '\r' + good, key_line("ssh-dss", "ssh-dss", {3, 3, 3, 3}),
        key_line("ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519-cert-v01@openssh.com", {32}),
        key_line("ssh-ed25519", "ssh-rsa", {32}), key_line("ssh-ed25519", "ssh-ed25519", {31}),
        key_line("ssh-ed25519", "ssh-ed25519", {32, 1}), key_line("ssh-ed25519", "ssh-ed25519", {}),
        key_line("ssh-rsa", "ssh-rsa", {3, 129}), std::string("ssh-ed25519 !!!!"), std::string("ssh-ed25519 AAAA"),
        std::string("-----BEGIN OPENSSH PRIVATE KEY-----"), good + std::string(5000, ' ')}) {
    CAPTURE(line);
    const auto parsed = parse_ssh_public_key(line);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == "ssh_public_key_invalid");
  }
}

TEST_CASE("user names are those that useradd would take and nobody has") {
  for (const char* name : {"alice", "_x", "a-b_9", "abcdefghijklmnopqrstuvwxyz012345"}) CHECK(check_ssh_username(name));
  for (const char* name : {"root", "nobody", "a.b", "a/b", "..", "a:b", "Ä"}) CHECK_FALSE(check_ssh_username(name));
}
