// What an operator may want to be told about: each has an id of its own in the journal (MESSAGE_ID) and a text in
// systemd/catalog/paygress.catalog, which `journalctl -x` shows. An id never changes its meaning.
#pragma once

namespace paygress::provider::message_id {

inline constexpr const char* kSeedMade = "0c7f4a3e6b1d49f0a2c58e97d3b6f411";
inline constexpr const char* kPodSold = "0cedc433b53a46b09d0cc9a65c480d9a";
inline constexpr const char* kPodNotStarted = "4206f0006fc34584a99cea6f75b86af1";
inline constexpr const char* kSshUnreachable = "a243ccf18a4a435dbe878d993265bdc8";
inline constexpr const char* kClusterSilent = "ff771a2bf61b4c46a2d091a4b292aaec";
inline constexpr const char* kMintSilent = "64b5eae53f6b4defbf6cce9ee1a6d570";
inline constexpr const char* kClaimOpen = "673d9482f3734cadae6640277983e2de";
inline constexpr const char* kMintContradicts = "8cc7fa8f74004764847c3d5a19e2b112";
inline constexpr const char* kCountersRepaired = "3f02bd31a72d414d845d6d830e2de127";
inline constexpr const char* kBooksOutOfBalance = "5a1f7c0be84d4b0f9c36b1f0d2a7e853";
inline constexpr const char* kAnswerStuck = "2a34ec88d6a945d2a08ee08ee7992f90";
inline constexpr const char* kPayoutPaid = "793a9830d5d4f4b0da15c3bfcb5e6a86";
inline constexpr const char* kPayoutFailed = "4c1588bbaffbbdc5bf7089cfc4ad17ef";
inline constexpr const char* kPayoutOpen = "cbb0f74ff7bb4a7f78bde134e9d71033";
inline constexpr const char* kChangeMissing = "ab133cf88884fef139f4037e73362c8a";

}  // namespace paygress::provider::message_id
