#include "actors/page_files.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "actors/lower_case.hpp"
#include "engine/execution/identity.hpp"
#include "exchange/http/gzip.hpp"

namespace botbox::actors {
namespace {

using exchange::HttpAnswer;
using exchange::HttpServerRequest;

constexpr std::string_view kPage = "/";
constexpr std::string_view kAssets = "/assets/";
constexpr std::string_view kAssetsQuoted = "\"/assets/";
constexpr std::string_view kForGood = "public, max-age=31536000, immutable";
constexpr std::string_view kAskAgain = "no-cache";

std::string digest_of(const std::vector<HttpAsset>& assets) {
  std::string all;
  for (const HttpAsset& asset : assets)
    all += fmt::format("{} {} {}\n", asset.path, asset.content_type, content_digest(asset.bytes));
  return content_digest(all);
}

std::string with_fixed_addresses(std::string_view page, std::string_view fixed) {
  std::string made;
  while (true) {
    const std::size_t at = page.find(kAssetsQuoted);
    made += page.substr(0, at);
    if (at == std::string_view::npos) return made;
    made += '"';
    made += fixed;
    page.remove_prefix(at + kAssetsQuoted.size());
  }
}

// A weight of zero refuses (RFC 9110 12.4.2).
bool takes_gzip(std::string accepted) {
  static constexpr std::string_view kWeighed = "gzip;q=";
  std::erase_if(accepted, [](char c) { return c == ' ' || c == '\t'; });
  accepted = lower_case(accepted);
  std::string_view rest = accepted;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view one = rest.substr(0, comma);
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    if (one == "gzip") return true;
    if (one.starts_with(kWeighed))
      return one.find_first_not_of("0.", kWeighed.size()) != std::string_view::npos;
  }
  return false;
}

}  // namespace

PageFiles::PageFiles(const std::vector<HttpAsset>& assets)
    : fixed_(fmt::format("{}{}/", kAssets, digest_of(assets))) {
  files_.reserve(assets.size());
  for (const HttpAsset& asset : assets) files_.push_back(file_of(asset));
}

PageFiles::File PageFiles::file_of(const HttpAsset& asset) const {
  File file{asset, {}, {}, {}};
  if (asset.path == kPage) file.bytes = with_fixed_addresses(asset.bytes, fixed_);
  file.zipped = exchange::gzip(file.plain());
  if (file.zipped.size() + file.zipped.size() / 8 >= file.plain().size()) file.zipped.clear();
  file.tag = "\"" + content_digest(file.plain());
  return file;
}

const PageFiles::File* PageFiles::find(std::string_view path) const {
  const auto found =
      std::ranges::find(files_, path, [](const File& one) { return one.asset.path; });
  return found != files_.end() ? &*found : nullptr;
}

std::optional<PageAnswer> PageFiles::answer(std::string_view path,
                                            const HttpServerRequest& request) const {
  const bool is_fixed = path.starts_with(fixed_);
  const File* file =
      is_fixed ? find(fmt::format("{}{}", kAssets, path.substr(fixed_.size()))) : find(path);
  if (file == nullptr) return std::nullopt;
  const bool is_zipped =
      !file->zipped.empty() && takes_gzip(request.list_header("accept-encoding"));
  const std::string tag = file->tag + (is_zipped ? "-z\"" : "\"");
  const bool is_known = request.header("if-none-match").find(tag) != std::string_view::npos;
  HttpAnswer answer{.status = is_known ? 304 : 200,
                    .body = {},
                    .content_type = std::string(file->asset.content_type)};
  if (!is_known) answer.body = is_zipped ? file->zipped : std::string(file->plain());
  if (is_zipped && !is_known) answer.headers.emplace_back("Content-Encoding", "gzip");
  answer.headers.emplace_back("ETag", tag);
  answer.headers.emplace_back("Vary", "Accept-Encoding");
  return PageAnswer{std::move(answer), is_fixed ? kForGood : kAskAgain};
}

}  // namespace botbox::actors
