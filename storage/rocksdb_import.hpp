// RowImport: fills a new database with rows that come from elsewhere, with the batch number they
// had there. For copies of whole stores; an engine writes through RocksDbStore.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "storage/store.hpp"

namespace botbox::storage {

class RowImport {
 public:
  // `directory` is made; it must not hold a database. Error kIo.
  static Result<std::unique_ptr<RowImport>> begin(const std::filesystem::path& directory);
  ~RowImport();
  RowImport(const RowImport&) = delete;
  RowImport& operator=(const RowImport&) = delete;

  // Rows of one kind in key order, as a scan gives them.
  Result<void> add(Kind kind, std::string_view key, std::string_view value);
  // Durable when it returns: files, directory, and a watermark that asks for `sequence`. Without it
  // the directory is worth nothing.
  Result<void> finish(std::uint64_t sequence);

 private:
  struct Parts;
  explicit RowImport(std::unique_ptr<Parts> parts);

  Result<void> write_out();

  std::unique_ptr<Parts> parts_;
};

}  // namespace botbox::storage
