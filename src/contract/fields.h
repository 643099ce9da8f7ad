// The names of the message fields, once. What they mean is said in CONTRACT sections 2 to 4 and beside the types.
#pragma once

namespace paygress::contract::field {

inline constexpr char accepts[] = "accepts";
inline constexpr char available[] = "available";
inline constexpr char cashu_pubkey[] = "cashu_pubkey";
inline constexpr char cashu_token[] = "cashu_token";
inline constexpr char code[] = "code";
inline constexpr char cpu_millicores[] = "cpu_millicores";
inline constexpr char description[] = "description";
inline constexpr char details[] = "details";
inline constexpr char duration_seconds[] = "duration_seconds";
inline constexpr char end[] = "end";
inline constexpr char error_type[] = "error_type";
inline constexpr char expires_at[] = "expires_at";
inline constexpr char extended_duration_seconds[] = "extended_duration_seconds";
inline constexpr char fee_msats[] = "fee_msats";
inline constexpr char help[] = "help";
inline constexpr char host_address[] = "host_address";
inline constexpr char id[] = "id";
inline constexpr char images[] = "images";
inline constexpr char input_fee_ppk[] = "input_fee_ppk";
inline constexpr char msat_per_unit[] = "msat_per_unit";
inline constexpr char instructions[] = "instructions";
inline constexpr char list[] = "list";
inline constexpr char memory_mb[] = "memory_mb";
inline constexpr char message[] = "message";
inline constexpr char minimum_duration_seconds[] = "minimum_duration_seconds";
inline constexpr char mints[] = "mints";
inline constexpr char name[] = "name";
inline constexpr char new_expires_at[] = "new_expires_at";
inline constexpr char node_port[] = "node_port";
inline constexpr char paid_msats[] = "paid_msats";
inline constexpr char pod_id[] = "pod_id";
inline constexpr char pod_image[] = "pod_image";
inline constexpr char pod_npub[] = "pod_npub";
inline constexpr char pod_spec_description[] = "pod_spec_description";
inline constexpr char pod_spec_id[] = "pod_spec_id";
inline constexpr char pod_spec_name[] = "pod_spec_name";
inline constexpr char pod_specs[] = "pod_specs";
inline constexpr char pods[] = "pods";
inline constexpr char rate_msats_per_sec[] = "rate_msats_per_sec";
inline constexpr char refund_token[] = "refund_token";
inline constexpr char request_id[] = "request_id";
inline constexpr char retryable[] = "retryable";
inline constexpr char ssh_host[] = "ssh_host";
inline constexpr char ssh_host_key[] = "ssh_host_key";
inline constexpr char ssh_password[] = "ssh_password";
inline constexpr char ssh_public_key[] = "ssh_public_key";
inline constexpr char ssh_username[] = "ssh_username";
inline constexpr char status[] = "status";
inline constexpr char success[] = "success";
inline constexpr char token_consumed[] = "token_consumed";
inline constexpr char unit[] = "unit";
inline constexpr char url[] = "url";
inline constexpr char version[] = "version";
inline constexpr char whitelisted_mints[] = "whitelisted_mints";

}  // namespace paygress::contract::field
