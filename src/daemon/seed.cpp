#include "daemon/seed.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "crypto/mnemonic.h"
#include "provider/message_ids.h"
#include "util/log.h"

namespace paygress::daemon {
namespace {

struct File {
  explicit File(int descriptor) : fd(descriptor) {}
  ~File() {
    if (fd >= 0) close(fd);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd;
};

[[noreturn]] void fail(const std::filesystem::path& path, const char* doing) {
  throw std::runtime_error("wallet seed: cannot " + std::string(doing) + " " + path.string() + ": " +
                           std::generic_category().message(errno));
}

KeptSeed seed_of(const crypto::Mnemonic& mnemonic) { return {mnemonic.words(), cashu::WalletSeed(mnemonic.seed().bytes())}; }

// Money depends on these words from the first claim on: they are on disk, and so is their name, before anybody uses them.
void write_durably(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path fresh = path.string() + ".new";
  {
    const File file(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.fd < 0 || write(file.fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()) || fsync(file.fd) != 0)
      fail(fresh, "write");
  }
  if (rename(fresh.c_str(), path.c_str()) != 0) fail(path, "write");
  const std::filesystem::path folder = path.parent_path().empty() ? "." : path.parent_path();
  const File directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.fd < 0 || fsync(directory.fd) != 0) fail(folder, "write into");
}

std::optional<util::Secret> read_words(const std::filesystem::path& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd < 0 && errno == ENOENT) return std::nullopt;
  std::string text(1024, '\0');
  const ssize_t size = file.fd < 0 ? -1 : read(file.fd, text.data(), text.size());
  if (size < 0) fail(path, "read");
  text.resize(static_cast<std::size_t>(size));
  return util::Secret(std::move(text));
}

}  // namespace

KeptSeed load_seed(const std::optional<util::Secret>& words, const std::filesystem::path& database, crypto::RandomSource& random) {
  if (words) return seed_of(crypto::Mnemonic::parse(words->reveal()).value());
  const std::filesystem::path path = database.string() + ".seed";
  if (const auto kept = read_words(path)) {
    const auto mnemonic = crypto::Mnemonic::parse(kept->reveal());
    if (!mnemonic)
      throw std::runtime_error("wallet seed: " + path.string() +
                               " does not hold a BIP-39 mnemonic; put the right words back from your backup");
    return seed_of(*mnemonic);
  }
  const crypto::Mnemonic made = crypto::Mnemonic::generate(random);
  write_durably(path, made.words().reveal() + "\n");
  util::log_warning("a wallet seed was made; write its words down and keep them safe: they are the money",
                    {{"PAYGRESS_FILE", path.string()}}, provider::message_id::kSeedMade);
  return seed_of(made);
}

}  // namespace paygress::daemon
