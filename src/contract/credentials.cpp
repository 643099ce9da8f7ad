#include "contract/credentials.h"

#include <algorithm>
#include <array>

#include "contract/request.h"
#include "util/bytes.h"

namespace paygress::contract {
namespace {

using util::Errc;
using util::Error;

constexpr std::size_t kMaxUsernameBytes = 32;   // useradd's own limit
constexpr std::size_t kMaxPasswordBytes = 128;  // far above any use, far below what chpasswd(8) reads

// Accounts of Debian's and Alpine's base images: taking one over would change who owns the image's services.
constexpr std::array<std::string_view, 41> kSystemNames{
    "root",     "daemon", "bin",      "sys",     "sync",   "games",      "man",        "lp",       "mail",  "news", "uucp",
    "proxy",    "backup", "list",     "irc",     "nobody", "sshd",       "adm",        "shutdown", "halt",  "ftp",  "cron",
    "operator", "guest",  "postgres", "squid",   "ntp",    "at",         "xfs",        "cyrus",    "smmsp", "toor", "dbus",
    "gnats",    "_apt",   "www-data", "polkitd", "mysql",  "messagebus", "postmaster", "vpopmail"};

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// U+0000..001F, 007F and 0080..009F, in well-formed UTF-8.
bool has_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return true;
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
  }
  return false;
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

util::Result<> check_ssh_username(std::string_view name) {
  const auto invalid = [](std::string why) {
    return Error{Errc::invalid, "ssh_username " + std::move(why), "ssh_username_invalid"};
  };
  if (name.empty()) return invalid("is empty");
  if (name.size() > kMaxUsernameBytes) return invalid("is longer than 32 characters");
  if (!is_lower(name.front()) && name.front() != '_') return invalid("must begin with a lower-case letter or an underscore");
  for (char c : name)
    if (!is_lower(c) && !is_digit(c) && c != '_' && c != '-')
      return invalid("may hold only lower-case letters, digits, underscores and hyphens");
  const bool reserved =
      std::find(kSystemNames.begin(), kSystemNames.end(), name) != kSystemNames.end() || name.starts_with("systemd-");
  if (reserved) return invalid("is the name of a system account: choose another");
  return {};
}

util::Result<> check_ssh_password(std::string_view password) {
  const auto invalid = [](std::string why) {
    return Error{Errc::invalid, "ssh_password " + std::move(why), "ssh_password_invalid"};
  };
  if (password.empty()) return invalid("is empty");
  if (password.size() > kMaxPasswordBytes) return invalid("is longer than 128 bytes");
  if (!util::is_utf8(password)) return invalid("is not UTF-8");
  if (has_control_character(password)) return invalid("holds a line break or another control character");
  return {};
}

util::Result<> check_request_id(std::string_view id) {
  const auto invalid = [](std::string why) { return Error{Errc::invalid, "request_id " + std::move(why), "request_id_invalid"}; };
  if (!util::is_utf8(id)) return invalid("is not UTF-8");
  if (characters(id) > kMaxRequestIdCharacters) return invalid("is longer than 64 characters");
  if (has_control_character(id)) return invalid("holds a control character");
  return {};
}

}  // namespace paygress::contract
