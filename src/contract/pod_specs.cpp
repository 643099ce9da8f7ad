// The operator's list of pod specifications. He gets all his mistakes at once: correcting one by one costs a restart each.
#include <algorithm>
#include <array>
#include <limits>

#include "contract/fields.h"
#include "contract/offer.h"
#include "util/json.h"

namespace paygress::contract {
namespace {

using util::Json;

constexpr std::size_t kMaxSpecs = 64;  // an offer with more does not fit the size limit of common relays
constexpr std::size_t kMaxIdBytes = 64;
constexpr std::size_t kMaxNameBytes = 100;
constexpr std::size_t kMaxDescriptionBytes = 1000;
constexpr std::uint64_t kMinCpu = 10, kMaxCpu = 1'000'000;               // 1000 cores
constexpr std::uint64_t kMinMemory = 16, kMaxMemory = 16 * 1024 * 1024;  // MB: sshd alone needs some; 16 TiB

constexpr std::array<const char*, 6> kFields{
    field::id, field::name, field::description, field::cpu_millicores, field::memory_mb, field::rate_msats_per_sec};

bool is_id(std::string_view id) {
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

class SpecsReader {
 public:
  std::vector<PodSpec> specs;
  std::vector<std::string> mistakes;

  void read(const Json& list) {
    if (!list.is_array()) return mistake("must be a JSON array of specifications");
    if (list.empty()) return mistake("is empty: at least one specification is needed");
    if (list.size() > kMaxSpecs) return mistake("has more than 64 specifications");
    for (index_ = 0; index_ < list.size(); ++index_) read_spec(list[index_]);
  }

 private:
  void read_spec(const Json& item) {
    if (!item.is_object()) return mistake('[' + std::to_string(index_) + "] must be an object");
    for (const auto& [key, value] : item.items())
      if (std::find(kFields.begin(), kFields.end(), key) == kFields.end())
        wrong(key.substr(0, kMaxIdBytes).c_str(), "is not a known field");
    PodSpec spec;
    spec.id = text(item, field::id, kMaxIdBytes, true);
    if (!is_id(spec.id)) wrong(field::id, "may hold only letters, digits, '-', '_' and '.'");
    const bool repeated = std::any_of(specs.begin(), specs.end(), [&](const PodSpec& other) { return other.id == spec.id; });
    if (repeated && !spec.id.empty()) wrong(field::id, "repeats the id \"" + spec.id + "\"");
    spec.name = text(item, field::name, kMaxNameBytes, true);
    spec.description = text(item, field::description, kMaxDescriptionBytes, false);
    spec.cpu_millicores = static_cast<std::uint32_t>(number(item, field::cpu_millicores, kMinCpu, kMaxCpu));
    spec.memory_mb = static_cast<std::uint32_t>(number(item, field::memory_mb, kMinMemory, kMaxMemory));
    spec.rate_msats_per_sec = number(item, field::rate_msats_per_sec, 1, kMaxRateMsatsPerSec);
    specs.push_back(std::move(spec));
  }

  std::string text(const Json& item, const char* key, std::size_t most, bool required) {
    const Json* value = util::member(item, key);
    if (!value && !required) return {};
    if (!value) return wrong(key, "is missing"), std::string();
    if (!value->is_string()) return wrong(key, "must be a string"), std::string();
    const auto& text = value->get_ref<const std::string&>();
    if (text.empty() && required) wrong(key, "is empty");
    if (text.size() > most) return wrong(key, "is longer than " + std::to_string(most) + " bytes"), std::string();
    const bool control =
        std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (control) return wrong(key, "holds a control character"), std::string();
    return text;
  }

  std::uint64_t number(const Json& item, const char* key, std::uint64_t least, std::uint64_t most) {
    const Json* value = util::member(item, key);
    if (!value) return wrong(key, "is missing"), least;
    const auto number = util::unsigned_at(item, key);
    if (!number || *number < least || *number > most)
      return wrong(key, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most)), least;
    return *number;
  }

  void wrong(const char* key, const std::string& why) { mistake('[' + std::to_string(index_) + "]." + key + ' ' + why); }
  void mistake(std::string text) { mistakes.push_back(std::move(text)); }

  std::size_t index_ = 0;
};

}  // namespace

util::Result<std::vector<PodSpec>> parse_pod_specs(std::string_view text) {
  const auto json = util::parse_json(text);
  if (!json)
    return util::Error{util::Errc::malformed, "the pod specifications are not JSON: " + json.error().message,
                       "pod_specs_malformed"};
  SpecsReader reader;
  reader.read(*json);
  if (reader.mistakes.empty()) return std::move(reader.specs);
  std::string all = "the pod specifications have " + std::to_string(reader.mistakes.size()) +
                    (reader.mistakes.size() == 1 ? " mistake: " : " mistakes: ");
  for (std::size_t i = 0; i < reader.mistakes.size(); ++i) all += (i ? "; " : "") + reader.mistakes[i];
  return util::Error{util::Errc::invalid, std::move(all), "pod_specs_invalid"};
}

}  // namespace paygress::contract
