#include <chrono>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <crypt.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/child_process.h"
#include "sandbox/pod_server.h"

namespace paygress::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kUser = 1000;
constexpr const char* kSshd = "/usr/sbin/sshd";
constexpr const char* kBwrap = "/usr/bin/bwrap";
constexpr const char* kKeygen = "/usr/bin/ssh-keygen";

bool answers(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected = fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (fd >= 0) ::close(fd);
  return connected;
}

void write_file(const fs::path& path, const std::string& text, mode_t mode) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file || ::chmod(path.c_str(), mode) != 0) throw std::runtime_error("cannot write " + path.string());
}

// In this process, so that the password appears in no argument list.
std::string hashed(const util::Secret& password) {
  if (password.empty()) return "*";  // no password fits, but the account is not locked: keys do
  const char* salt = ::crypt_gensalt("$6$", 0, nullptr, 0);
  const char* hash = salt == nullptr ? nullptr : ::crypt(password.reveal().c_str(), salt);
  if (hash == nullptr || hash[0] == '*') throw std::runtime_error("cannot hash a pod's password");
  return hash;
}

void prepare(const PodLogin& login) {
  const fs::path& folder = login.folder;
  if (login.user.empty() || login.user.find_first_of(":/\n") != std::string::npos || login.user == "root" || login.user == "sshd")
    throw std::runtime_error("a pod needs an ordinary user's name in USER_NAME");
  fs::create_directories(folder / "home");
  if (::chown((folder / "home").c_str(), kUser, kUser) != 0 || ::chmod((folder / "home").c_str(), 0755) != 0)
    throw std::runtime_error("cannot give a pod its home");
  const std::string id = std::to_string(kUser);
  write_file(folder / "passwd",
             "root:x:0:0:root:/root:/bin/bash\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\nnobody:x:65534:65534::/:/usr/sbin/"
             "nologin\n" +
                 login.user + ":x:" + id + ":" + id + "::/home/" + login.user + ":/bin/bash\n",
             0644);
  write_file(folder / "group", "root:x:0:\nnogroup:x:65534:\n" + login.user + ":x:" + id + ":\n", 0644);
  write_file(folder / "shadow", "root:*:::::::\nsshd:*:::::::\n" + login.user + ":" + hashed(login.password) + "::0:99999:7:::\n",
             0600);
  write_file(folder / "authorized_keys", login.authorized_keys, 0644);
  if (fs::exists(folder / "host_key")) return;
  ChildProcess keygen({kKeygen, "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", (folder / "host_key").string()}, folder / "log");
  if (keygen.wait() != 0) throw std::runtime_error("ssh-keygen failed");
}

std::vector<std::string> command(const PodLogin& login) {
  const std::string home = "/home/" + login.user;
  std::vector<std::string> words = {kBwrap,     "--unshare-pid",     "--unshare-ipc", "--unshare-uts", "--hostname",
                                    login.name, "--die-with-parent", "--new-session", "--cap-add",     "ALL"};
  const auto add = [&](std::initializer_list<std::string> more) { words.insert(words.end(), more); };
  add({"--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/sbin", "/sbin", "--symlink", "usr/lib",
       "/lib", "--symlink", "usr/lib64", "/lib64"});
  for (const char* folder : {"/etc", "/etc/ssh", "/home"})
    add({"--perms", "0755", "--dir", folder});  // left to itself bwrap makes them 0700
  for (const char* shared :
       {"/etc/ld.so.cache", "/etc/pam.d", "/etc/security", "/etc/nsswitch.conf", "/etc/profile", "/etc/bash.bashrc"})
    add({"--ro-bind-try", shared, shared});
  for (const char* own : {"passwd", "group", "shadow"})
    add({"--ro-bind", (login.folder / own).string(), std::string("/etc/") + own});
  for (const char* own : {"host_key", "authorized_keys"})
    add({"--ro-bind", (login.folder / own).string(), std::string("/etc/ssh/") + own});
  add({"--tmpfs", "/run", "--tmpfs", "/tmp", "--chmod", "1777", "/tmp", "--tmpfs", "/var", "--dir", "/run/sshd", "--dev", "/dev",
       "--proc", "/proc"});
  add({"--bind", (login.folder / "home").string(), home});
  add({kSshd, "-D", "-e", "-f", "/dev/null", "-p", std::to_string(login.port), "-h", "/etc/ssh/host_key"});
  for (const std::string& option :
       {std::string("ListenAddress=127.0.0.1"), std::string("UsePAM=no"), std::string("PidFile=none"),
        std::string("PermitRootLogin=no"), std::string("AuthorizedKeysFile=/etc/ssh/authorized_keys"), std::string("UseDNS=no"),
        "AllowUsers=" + login.user, std::string("PasswordAuthentication=") + (login.password.empty() ? "no" : "yes")}) {
    add({"-o", option});
  }
  return words;
}

class SshdServer final : public PodServer {
 public:
  explicit SshdServer(const PodLogin& login) : port_(login.port) {
    if (answers(port_)) throw std::runtime_error("port " + std::to_string(port_) + " is taken by another program");
    prepare(login);
    process_ = std::make_unique<ChildProcess>(command(login), login.folder / "log");
  }
  // The server inside dies a moment after bwrap; the port must be free when the next pod takes it.
  ~SshdServer() override {
    process_.reset();
    for (int i = 0; i < 100 && answers(port_); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  bool alive() override { return process_->alive(); }
  bool listening() override {
    if (!listening_) listening_ = alive() && answers(port_);
    return listening_;
  }

 private:
  std::uint16_t port_;
  bool listening_ = false;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace

bool can_run_sshd(std::string& why) {
  if (::geteuid() != 0) why = "not root";
  for (const char* program : {kSshd, kBwrap, kKeygen}) {
    if (::access(program, X_OK) != 0) why = std::string(program) + " is missing";
  }
  return why.empty();
}

std::unique_ptr<PodServer> start_sshd(const PodLogin& login) { return std::make_unique<SshdServer>(login); }

}  // namespace paygress::sandbox
