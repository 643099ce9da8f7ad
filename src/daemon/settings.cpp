#include "daemon/settings.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "crypto/mnemonic.h"
#include "daemon/setting_checks.h"
#include "daemon/setting_reader.h"
#include "daemon/unit_rates.h"
#include "kube/network_policies.h"
#include "kube/ports.h"
#include "nostr/nip19.h"

extern char** environ;

namespace paygress::daemon {
namespace {

std::optional<crypto::SecretKey> read_key(SettingReader& reader, std::vector<std::string>& warnings) {
  auto text = reader.credential("paygress.nsec");
  if (!text) {
    if (const auto variable = reader.text("NOSTR_PRIVATE_KEY")) {
      text = util::Secret(*variable);
      if (reader.text("CREDENTIALS_DIRECTORY"))
        warnings.push_back("NOSTR_PRIVATE_KEY is in the environment of a service; move it to the credential paygress.nsec");
    }
  }
  if (!text) {
    reader.mistake(
        "NOSTR_PRIVATE_KEY is missing: expected an nsec or 64 hex digits, or the systemd credential paygress.nsec (paygressctl "
        "keygen makes one)");
    return std::nullopt;
  }
  const auto key = nostr::parse_secret_key(text->reveal());
  if (key) return *key;
  reader.mistake("NOSTR_PRIVATE_KEY (or the credential paygress.nsec) is not a valid key: expected an nsec or 64 hex digits");
  return std::nullopt;
}

std::vector<util::Url> read_relays(SettingReader& reader) {
  std::vector<util::Url> relays;
  const char* const expected = "expected relay URLs such as wss://relay.example.com, comma-separated";
  for (const std::string& text : reader.required_list("NOSTR_RELAYS", expected)) {
    const auto url = util::Url::parse(text);
    if (!url || (url->scheme() != "ws" && url->scheme() != "wss")) {
      reader.mistake("NOSTR_RELAYS: \"" + text + "\" is not a relay URL (expected wss://host or ws://host)");
    } else if (std::find(relays.begin(), relays.end(), *url) == relays.end()) {
      relays.push_back(*url);
    }
  }
  return relays;
}

std::vector<cashu::MintUrl> read_mints(SettingReader& reader) {
  std::vector<cashu::MintUrl> mints;
  const char* const expected = "expected mint URLs such as https://mint.example.com, comma-separated";
  for (const std::string& text : reader.required_list("WHITELISTED_MINTS", expected)) {
    const auto url = cashu::MintUrl::parse(text);
    if (!url) {
      reader.mistake("WHITELISTED_MINTS: \"" + text + "\" is not a mint URL (expected https://host or https://host/path)");
    } else if (std::find(mints.begin(), mints.end(), *url) == mints.end()) {
      mints.push_back(*url);
    }
  }
  return mints;
}

market::Catalogue read_catalogue(SettingReader& reader) {
  market::Catalogue catalogue;
  std::string where = "POD_SPECS";
  auto json = reader.text("POD_SPECS");
  if (!json) {
    const std::string path = reader.text("POD_SPECS_FILE").value_or("/etc/paygress/pod-specs.json");
    where = "POD_SPECS_FILE " + path;
    json = reader.file(path);
    if (!json)
      reader.mistake("POD_SPECS is missing: expected a JSON array in POD_SPECS, or a readable file in POD_SPECS_FILE (tried " +
                     path + ")");
  }
  if (json) {
    const auto specs = contract::parse_pod_specs(*json);
    if (specs) {
      catalogue.specs = *specs;
    } else {
      reader.mistake(where + ": " + specs.error().message);
    }
  }
  catalogue.base_image = reader.text("BASE_IMAGE").value_or("linuxserver/openssh-server:latest");
  if (!is_image(catalogue.base_image))
    reader.mistake("BASE_IMAGE is not the name of a container image (expected such as linuxserver/openssh-server:latest)");
  catalogue.allowed_images = reader.list("ALLOWED_IMAGES");
  for (const std::string& image : catalogue.allowed_images) {
    if (!is_image(image)) reader.mistake("ALLOWED_IMAGES: \"" + image + "\" is not the name of a container image");
  }
  catalogue.minimum_duration = std::chrono::seconds(reader.number("MINIMUM_POD_DURATION_SECONDS", 60, 1, 31'536'000));
  catalogue.maximum_lease = std::chrono::seconds(reader.number("MAX_LEASE_SECONDS", 31'536'000 - 3600, 1, 31'536'000 - 3600));
  if (catalogue.maximum_lease < catalogue.minimum_duration)
    reader.mistake("MAX_LEASE_SECONDS must not be less than MINIMUM_POD_DURATION_SECONDS");
  return catalogue;
}

bool is_dns_label(const std::string& text) {
  if (text.empty() || text.size() > 40 || text.front() == '-' || text.back() == '-') return false;
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

provider::PodSettings read_pods(SettingReader& reader) {
  provider::PodSettings pods;
  pods.ssh_host = reader.required("SSH_HOST", "expected the public name or address at which customers reach their pods");
  if (!pods.ssh_host.empty() && !is_host(pods.ssh_host))
    reader.mistake("SSH_HOST must be a host name or an address, without scheme, brackets or port");
  pods.namespace_prefix = reader.text("POD_NAMESPACE").value_or("user-workloads");
  if (!is_dns_label(pods.namespace_prefix))
    reader.mistake("POD_NAMESPACE must be lower-case letters, digits and '-', at most 40 of them");
  pods.ports.first = static_cast<std::uint16_t>(reader.number("SSH_PORT_RANGE_START", 2000, 1024, 65535));
  pods.ports.last = static_cast<std::uint16_t>(reader.number("SSH_PORT_RANGE_END", 3000, 1024, 65535));
  if (pods.ports.first > pods.ports.last) reader.mistake("SSH_PORT_RANGE_START must not be greater than SSH_PORT_RANGE_END");
  for (const std::string& text : reader.list("RESERVED_PORTS")) {
    const bool digits = text.find_first_not_of("0123456789") == std::string::npos && text.size() <= 5;
    if (!digits || std::stoul(text) > 65535) {
      reader.mistake("RESERVED_PORTS: \"" + text + "\" is not a port");
    } else {
      pods.ports.reserved.insert(static_cast<std::uint16_t>(std::stoul(text)));
    }
  }
  if (pods.ports.first <= pods.ports.last && kube::allowed_ports(pods.ports, {}).empty())
    reader.mistake(
        "SSH_PORT_RANGE_START to SSH_PORT_RANGE_END holds no port to give out (2049, 2222, 2379-2382 and RESERVED_PORTS never "
        "are)");
  pods.runtime_class = reader.text("RUNTIME_CLASS").value_or("");
  if (!pods.runtime_class.empty() && !is_dns_subdomain(pods.runtime_class))
    reader.mistake("RUNTIME_CLASS must be the name of a RuntimeClass of the cluster: lower-case letters, digits, '-' and '.'");
  pods.dns_policy = reader.text("POD_DNS_POLICY").value_or("ClusterFirst");
  if (pods.dns_policy != "ClusterFirst" && pods.dns_policy != "Default")
    reader.mistake("POD_DNS_POLICY must be ClusterFirst or Default");
  pods.blocked_cidrs = reader.list("BLOCKED_CIDRS");
  for (const std::string& text : pods.blocked_cidrs) {
    if (!kube::canonical_cidr(text))
      reader.mistake("BLOCKED_CIDRS: \"" + text + "\" is not a network (expected such as 203.0.113.0/24 or 2001:db8::/32)");
  }
  pods.max_pods = reader.number("MAX_PODS", 100, 1, 100'000);
  pods.start_allowance = std::chrono::seconds(reader.number("POD_START_TIMEOUT_SECONDS", 300, 5, 3600));
  return pods;
}

util::Level read_level(SettingReader& reader) {
  std::string text = reader.text("LOG_LEVEL").value_or("");
  const bool ours = !text.empty();
  if (!ours) text = reader.text("RUST_LOG").value_or("info");
  if (text == "error") return util::Level::error;
  if (text == "warning" || text == "warn") return util::Level::warning;
  if (text == "notice") return util::Level::notice;
  if (text == "debug" || text == "trace") return util::Level::debug;
  // RUST_LOG may hold filters of another program's modules.
  if (text != "info" && ours) reader.mistake("LOG_LEVEL must be error, warning, notice, info or debug");
  return util::Level::info;
}

std::optional<util::Secret> read_seed(SettingReader& reader) {
  auto words = reader.credential("paygress.seed");
  if (!words) {
    if (const auto variable = reader.text("WALLET_SEED")) words = util::Secret(*variable);
  }
  if (words && !crypto::Mnemonic::parse(words->reveal()))
    reader.mistake(
        "WALLET_SEED (or the credential paygress.seed) is not a BIP-39 mnemonic: expected 12 to 24 English words with a right "
        "checksum");
  return words;
}

std::filesystem::path read_database(SettingReader& reader) {
  if (const auto path = reader.text("CASHU_DB_PATH")) {
    const std::filesystem::path folder = std::filesystem::path(*path).parent_path();
    if (reader.is_folder(*path) || !(folder.empty() || reader.is_folder(folder)))
      reader.mistake("CASHU_DB_PATH: " + *path + " must be a file, or become one, in a folder that exists");
    return *path;
  }
  if (const auto directory = reader.text("STATE_DIRECTORY")) return std::filesystem::path(*directory) / "paygress.db";
  reader.mistake("CASHU_DB_PATH is missing: expected the path of the database (under systemd it is STATE_DIRECTORY/paygress.db)");
  return {};
}

std::optional<provider::PayoutRules> read_payout(SettingReader& reader) {
  const std::uint64_t threshold = reader.number("PAYOUT_THRESHOLD_SATS", 10'000, 1, 2'100'000'000'000'000);
  const std::uint64_t reserve = reader.number("PAYOUT_RESERVE_SATS", 0, 0, 2'100'000'000'000'000);
  const auto text = reader.text("PAYOUT_ADDRESS");
  if (!text) return std::nullopt;
  const auto address = provider::LightningAddress::parse(*text);
  if (!address) {
    reader.mistake("PAYOUT_ADDRESS is not a Lightning address such as me@wallet.example");
    return std::nullopt;
  }
  if (reserve >= threshold) reader.mistake("PAYOUT_RESERVE_SATS must be less than PAYOUT_THRESHOLD_SATS");
  return provider::PayoutRules{*address, threshold, reserve};
}

std::optional<std::pair<std::string, std::uint16_t>> read_http(SettingReader& reader) {
  const std::string mode = reader.text("RUN_MODE").value_or("nostr");
  if (mode == "nostr") return std::nullopt;
  if (mode == "http") {
    reader.mistake("RUN_MODE=http: this version sells over Nostr only; use nostr, or both for health checks over HTTP beside it");
    return std::nullopt;
  }
  if (mode != "both") {
    reader.mistake("RUN_MODE must be nostr, http or both");
    return std::nullopt;
  }
  const auto endpoint = parse_endpoint(reader.text("BIND_ADDR").value_or("127.0.0.1:8080"));
  if (!endpoint) reader.mistake("BIND_ADDR must be an address and a port such as 127.0.0.1:8080 or [::1]:8080");
  return endpoint;
}

}  // namespace

Sources Sources::of_process() {
  Sources sources;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string line = *entry;
    if (const std::size_t equals = line.find('='); equals != std::string::npos)
      sources.variables[line.substr(0, equals)] = line.substr(equals + 1);
  }
  sources.read_file = [](const std::filesystem::path& path) -> std::optional<std::string> {
    constexpr std::size_t kMaxSettingFile = std::size_t{1} << 20;
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    std::string text(kMaxSettingFile, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
  };
  sources.is_folder = [](const std::filesystem::path& path) {
    std::error_code unknown;
    return std::filesystem::is_directory(path, unknown);
  };
  return sources;
}

boost::system::result<Settings, Mistakes> read_settings(const Sources& sources) {
  SettingReader reader(sources);
  std::vector<std::string> warnings;
  const auto key = read_key(reader, warnings);
  // Everything is read before the first mistake is reported, so that the operator sees them all.
  Settings settings{key ? *key : crypto::SecretKey::from_hex(std::string(63, '0') + "1").value(),
                    read_relays(reader),
                    read_mints(reader),
                    read_catalogue(reader),
                    read_pods(reader),
                    read_database(reader),
                    read_seed(reader)};
  settings.accept_nip04 = reader.flag("NOSTR_ACCEPT_NIP04", true);
  settings.max_input_fee_ppk = reader.number("MAX_INPUT_FEE_PPK", 10'000, 0, 1'000'000);
  settings.payout_max_fee_percent = reader.number("PAYOUT_MAX_FEE_PERCENT", 2, 0, 100);
  settings.payout = read_payout(reader);
  settings.end_refunds = reader.flag("END_REFUNDS", false);
  settings.unit_rates = read_unit_rates(reader);
  settings.http = read_http(reader);
  settings.log_level = read_level(reader);
  if (const auto directory = reader.text("RUNTIME_DIRECTORY")) settings.admin_socket = *directory + "/admin.sock";
  if (const auto socket = reader.text("PAYGRESS_ADMIN_SOCKET")) settings.admin_socket = *socket;
  if (!reader.flag("ENABLE_CLEANUP_TASK", true))
    warnings.push_back("ENABLE_CLEANUP_TASK=false has no effect: ended pods are always cleaned up");
  if (reader.flag("CONTEXTVM_ENABLED", false))
    reader.mistake("CONTEXTVM_ENABLED: this version has no Context VM transport; leave it out");
  settings.warnings = std::move(warnings);
  if (!reader.mistakes().lines.empty()) return reader.mistakes();
  return settings;
}

}  // namespace paygress::daemon
