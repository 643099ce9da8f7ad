// Persist before the POST: what a claim needs is on the disk before the first byte of the swap leaves the machine.
#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "nostr/nip59.h"
#include "tests/crash/journal_trace.h"
#include "tests/sandbox/story.h"

using namespace paygress;
using namespace paygress::test;

namespace {

constexpr char kArrives[] = R"(7 recvmsg(9<socket:[1]>, {msg_iov=[{iov_base="\201~[\"EVENT\",\"w\",{\"id\":\"abc\"}]"}]}, 0) = 99)"
                            "\n";
constexpr char kWrites[] = R"(7 pwrite64(5</d/paygress.db-wal>, "...", 4096, 8192) = 4096)"
                           "\n";
constexpr char kSyncs[] = "7 fdatasync(5</d/paygress.db-wal>) = 0\n";
constexpr char kPosts[] = R"(7 sendto(12<TCP:[127.0.0.1:2->127.0.0.1:3]>, "POST /v1/swap HTTP/1.1\r\n"..., 999, 0, NULL, 0) = 999)"
                          "\n";
constexpr char kAsks[] = R"(7 sendto(12<TCP:[127.0.0.1:2->127.0.0.1:3]>, "GET /v1/keysets HTTP/1.1\r\n", 99, 0, NULL, 0) = 99)"
                         "\n";

std::string made_up(std::initializer_list<std::string> lines) {
  std::string trace;
  for (const std::string& line : lines) trace += line;
  return trace;
}

std::string read(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("a trace in the wrong order is noticed") {
  CHECK_FALSE(complaint_about(made_up({kArrives, kWrites, kSyncs, kAsks, kPosts}), "abc"));
  CHECK_FALSE(complaint_about(made_up({kSyncs, kArrives, kWrites, kWrites, kSyncs, kPosts, kWrites}), "abc"));
  const auto complains = [](std::initializer_list<std::string> lines, const char* part) {
    const auto complaint = complaint_about(made_up(lines), "abc");
    REQUIRE(complaint);
    CHECK_MESSAGE(complaint->find(part) != std::string::npos, *complaint);
  };
  complains({kArrives, kWrites, kPosts, kSyncs}, "not on disk");
  complains({kArrives, kWrites, kSyncs, kWrites, kPosts}, "not on disk");
  complains({kArrives, kWrites, "7 fdatasync(5</d/paygress.db-wal>) = -1 EIO (Input/output error)\n", kPosts}, "not on disk");
  complains({kArrives, kWrites, "7 fdatasync(5</d/paygress.db>) = 0\n", kPosts}, "not on disk");
  complains({kWrites, kSyncs, kArrives, kPosts}, "nothing was written");
  complains({kWrites, kSyncs, kPosts, kArrives}, "did not arrive");
  complains({kArrives, kWrites, kSyncs, kAsks}, "no swap");
}

TEST_CASE("a call counts when it returns, a swap when it begins") {
  const std::string half = "7 fdatasync(5</d/paygress.db-wal> <unfinished ...>\n";
  const std::string rest = "7 <... fdatasync resumed>) = 0\n";
  CHECK_FALSE(complaint_about(made_up({kArrives, kWrites, half, "8 futex(0x1) = 0\n", rest, kPosts}), "abc"));
  CHECK(complaint_about(made_up({kArrives, kWrites, half, kPosts, rest}), "abc"));
}

TEST_CASE("the journal is on disk before the first byte of the POST") {
  if (access("/usr/bin/strace", X_OK) != 0) {
    std::cerr << "SKIPPED: strace is not installed\n";
    return;
  }
  tell([](Story& story) -> net::Task<> {
    const std::filesystem::path trace = story.folder() / "trace";
    // -D: the daemon keeps its place as our child, and strace watches it from aside.
    story.wrapper = {"/usr/bin/strace",
                     "-D",
                     "-f",
                     "-y",
                     "-s",
                     "4096",
                     "-o",
                     trace.string(),
                     "-e",
                     "trace=read,readv,recvfrom,recvmsg,write,writev,pwrite64,sendto,sendmsg,fdatasync,fsync"};
    const std::string message = story.send(story.spawn(story.token(30)));
    const std::vector<nostr::Event> letters = story.world.relay.stored();
    REQUIRE(letters.size() == 1);
    story.launch();
    const util::Json answer = co_await story.answer(message, std::chrono::seconds(60));
    CHECK(answer["pod_npub"].is_string());
    co_await story.stop();
    const auto complaint = complaint_about(read(trace), util::hex(letters[0].id));
    CHECK_MESSAGE(!complaint, complaint.value_or(""));
  });
}
