// PageFiles: the files of the dashboard, as a browser is sent them.
//
// "/" names all others below "/assets/HASH/", where HASH stands for the content of all of them:
// what a browser has under such an address can never change, so it is kept for a year and not asked
// for again. The page itself, and files by their plain address, are asked for at each load and
// answered with their tag alone when they are the same. Under the hash of another build there is
// nothing, so that a page and parts of another one never meet; such a page says that it is to be
// loaded again.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/http/http_server.hpp"

namespace botbox::actors {

// A file of the page. Its bytes outlive the server.
struct HttpAsset {
  std::string_view path;  // "/", "/assets/app.js"
  std::string_view content_type;
  std::string_view bytes;
};

struct PageAnswer {
  exchange::HttpAnswer answer;
  std::string_view cache;  // "Cache-Control"
};

class PageFiles {
 public:
  explicit PageFiles(const std::vector<HttpAsset>& assets);
  // Empty: there is no such file.
  std::optional<PageAnswer> answer(std::string_view path,
                                   const exchange::HttpServerRequest& request) const;

 private:
  struct File {
    HttpAsset asset;
    std::string bytes;   // as they are sent, where they are not the asset's own
    std::string zipped;  // empty: it would not get smaller by much
    std::string tag;     // without its last quote

    std::string_view plain() const { return bytes.empty() ? asset.bytes : bytes; }
  };
  File file_of(const HttpAsset& asset) const;
  const File* find(std::string_view path) const;

  std::string fixed_;  // "/assets/HASH/"
  std::vector<File> files_;
};

}  // namespace botbox::actors
