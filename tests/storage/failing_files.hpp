// A file system that fails one append or one sync, for RocksDB to stand on.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>

namespace botbox::storage::test {

enum class FileOperation { kAppend, kSync };

// Counts operations of one kind and fails the n-th, once or from then on.
class FaultPlan {
 public:
  FaultPlan(FileOperation operation, int nth, bool persistent)
      : operation_(operation), nth_(nth), persistent_(persistent) {}

  rocksdb::IOStatus on(FileOperation operation) {
    if (operation != operation_) return rocksdb::IOStatus::OK();
    const int count = ++count_;
    if (count != nth_ && !(persistent_ && count > nth_)) return rocksdb::IOStatus::OK();
    fired_ = true;
    return rocksdb::IOStatus::IOError("injected");
  }
  bool fired() const { return fired_; }

 private:
  FileOperation operation_;
  int nth_;
  bool persistent_;
  std::atomic<int> count_{0};
  std::atomic<bool> fired_{false};
};

class FailingFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FailingFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<FaultPlan> plan)
      : FSWritableFileOwnerWrapper(std::move(file)), plan_(std::move(plan)) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    if (auto status = plan_->on(FileOperation::kAppend); !status.ok()) {
      // Half of it reaches the file, as when a disk fills up.
      const rocksdb::Slice half(bytes.data(), bytes.size() / 2);
      FSWritableFileOwnerWrapper::Append(half, options, debug).PermitUncheckedError();
      return status;
    }
    return FSWritableFileOwnerWrapper::Append(bytes, options, debug);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo&,
                           rocksdb::IODebugContext* debug) override {
    return Append(bytes, options, debug);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* debug) override {
    if (auto status = plan_->on(FileOperation::kSync); !status.ok()) return status;
    return FSWritableFileOwnerWrapper::Sync(options, debug);
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* debug) override {
    if (auto status = plan_->on(FileOperation::kSync); !status.ok()) return status;
    return FSWritableFileOwnerWrapper::Fsync(options, debug);
  }

 private:
  std::shared_ptr<FaultPlan> plan_;
};

class FailingFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit FailingFiles(std::shared_ptr<FaultPlan> plan)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), plan_(std::move(plan)) {}

  const char* Name() const override { return "FailingFiles"; }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    auto status = FileSystemWrapper::NewWritableFile(name, options, file, debug);
    // RocksDB's own text log is not part of the data.
    const bool is_text_log = name.ends_with("/LOG");
    if (status.ok() && !is_text_log) *file = std::make_unique<FailingFile>(std::move(*file), plan_);
    return status;
  }

 private:
  std::shared_ptr<FaultPlan> plan_;
};

}  // namespace botbox::storage::test
