#include "storage/rocksdb_import.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <vector>

#include "storage/rocksdb_error.hpp"
#include "storage/rocksdb_settings.hpp"
#include "storage/row_key.hpp"
#include "storage/watermark.hpp"

namespace botbox::storage {
namespace {

constexpr std::size_t kImportBatchBytes = std::size_t{1} << 20;

}  // namespace

struct RowImport::Parts {
  std::filesystem::path directory;
  std::shared_ptr<BackgroundState> background = std::make_shared<BackgroundState>();
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  rocksdb::WriteBatch batch{0, 0, kProtectionBytes, 0};

  ~Parts() {
    if (db == nullptr) return;
    for (rocksdb::ColumnFamilyHandle* family : families) db->DestroyColumnFamilyHandle(family);
    db->Close();
  }
  rocksdb::ColumnFamilyHandle* family(Kind kind) const {
    return families[static_cast<std::size_t>(family_of(kind))];
  }
};

RowImport::RowImport(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RowImport::~RowImport() = default;

Result<std::unique_ptr<RowImport>> RowImport::begin(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error)
    return fail(ErrorCode::kIo, fmt::format("cannot make the directory: {}", error.message()),
                directory.string(), "check the path and the rights on its parent");
  auto parts = std::make_unique<Parts>();
  parts->directory = directory;
  rocksdb::DBOptions options = database_options(parts->background, nullptr);
  options.error_if_exists = true;
  rocksdb::DB* db = nullptr;
  // Expired rows are dropped by the engine that goes on with this copy, by its own clock.
  const rocksdb::Status status =
      rocksdb::DB::Open(options, (directory / "db").string(),
                        family_descriptors(parts->background, Duration{0}), &parts->families, &db);
  if (!status.ok()) return store_error(status, "making a copy", directory);
  parts->db.reset(db);
  return std::unique_ptr<RowImport>(new RowImport(std::move(parts)));
}

Result<void> RowImport::add(Kind kind, std::string_view key, std::string_view value) {
  const std::string row = row_key({kind, std::string(key)});
  const rocksdb::Status status =
      parts_->batch.Put(parts_->family(kind), row, {value.data(), value.size()});
  if (!status.ok()) return store_error(status, "copying a row", parts_->directory);
  if (parts_->batch.GetDataSize() < kImportBatchBytes) return {};
  return write_out();
}

// Without the log: finish() turns everything into files.
Result<void> RowImport::write_out() {
  rocksdb::WriteOptions options = write_options();
  options.sync = false;
  options.disableWAL = true;
  const rocksdb::Status status = parts_->db->Write(options, &parts_->batch);
  parts_->batch.Clear();
  if (!status.ok()) return store_error(status, "copying rows", parts_->directory);
  return {};
}

Result<void> RowImport::finish(std::uint64_t sequence) {
  BOTBOX_TRY(add(Kind::kMeta, meta_key("sequence").bytes, big_endian(sequence)));
  BOTBOX_TRY(write_out());
  const rocksdb::Status status = parts_->db->Flush({}, parts_->families);
  if (!status.ok()) return store_error(status, "finishing a copy", parts_->directory);
  const std::filesystem::path directory = parts_->directory;
  parts_.reset();
  return Watermark::create(directory / "watermark", sequence);
}

}  // namespace botbox::storage
