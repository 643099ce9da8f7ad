// What listens on a pod's node port: a real OpenSSH server in namespaces of its own (bubblewrap), or a banner.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "util/secret.h"

namespace paygress::sandbox {

enum class PodKind {
  banner,  // says SSH-2.0 and no more: fast, needs nothing
  sshd,    // password and key login, own process namespace and host name; needs root, bwrap and sshd
};

// False with the reason in `why`: bwrap, sshd or root is missing.
bool can_run_sshd(std::string& why);

struct PodLogin {
  std::string name;  // the host name inside
  std::uint16_t port = 0;
  std::string user;
  util::Secret password;  // empty: by key only
  std::string authorized_keys;
  std::filesystem::path folder;  // home and host key; kept between restarts of one pod, so the host key stays
};

// Listens from the start; gone with the object.
class PodServer {
 public:
  virtual ~PodServer() = default;
  virtual bool alive() = 0;
  virtual bool listening() = 0;
};

// Throws util::Error as an exception when it cannot start.
std::unique_ptr<PodServer> start_banner(boost::asio::any_io_executor, const PodLogin&);
std::unique_ptr<PodServer> start_sshd(const PodLogin&);

}  // namespace paygress::sandbox
