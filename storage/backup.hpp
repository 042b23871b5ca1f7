// Backups of a data directory, and the way back.
//
// A backup is itself a data directory (it can be verified and inspected, and nothing writes into
// it), with a file BACKUP beside the database that says what it is. There are two ways to get one:
//  - a copy of all rows as they are at one moment, to any disk, also while an engine runs;
//  - a bookmark, made by the engine itself: a checkpoint on the same disk, mostly links.
// Both appear under their name only when they are whole and durable.
//
// Order ids are functions of decisions, so what was sent after the moment of a backup is found at
// the exchange by its id and not sent again; the row `restored_at` says that it must be looked for
// before anything is sent. What the exchange did since is news to the restored
// engine: restore_backup() leaves it in REDUCING, which lets nothing but closes through, until an
// operator has looked at the differences and switches it back; and nothing at all leaves, whoever
// switches what, before the next engine has compared the exchange's account with the records.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "engine/model/event.hpp"
#include "engine/model/ids.hpp"
#include "storage/rocksdb_store.hpp"
#include "storage/verify.hpp"

namespace botbox::storage {

struct BackupFacts {
  std::filesystem::path directory;
  std::uint64_t sequence = 0;  // of the newest batch in it: the point in time
  InstallationId installation;
  std::uint64_t process_epoch = 0;  // of the engine that wrote the newest batch
  Timestamp made_at;

  bool operator==(const BackupFacts&) const = default;
};

struct CopyOptions {
  Timestamp now;
  // Called every 10,000 rows with the number of rows so far.
  std::function<void(std::uint64_t rows)> progress;
};

// Copies the data directory `from`, beside a running engine or without one, to `to`, which must not
// exist or be empty. Errors: kAlreadyExists, kNotFound, kCorruption (of the source; nothing is
// left), kIo.
Result<BackupFacts> make_backup(const std::filesystem::path& from, const std::filesystem::path& to,
                                const CopyOptions& options);

// A checkpoint of an open store, from any thread, to `to` on the same file system.
Result<BackupFacts> make_bookmark(const RocksDbStore& store, const std::filesystem::path& to,
                                  Timestamp now);
// The backups in the directories below `directory`, oldest first; what is none is left out.
std::vector<BackupFacts> list_backups(const std::filesystem::path& directory);
// Removes the oldest of them until at most `keep` are left.
Result<void> prune_backups(const std::filesystem::path& directory, std::size_t keep);

// What the file BACKUP says. kNotFound: `directory` is no backup.
Result<BackupFacts> read_backup(const std::filesystem::path& directory);
// kInvalidInput, naming the way back, where `directory` is a backup: for whoever would write there.
// Not where an engine of an earlier release, which allowed that, has written already.
Result<void> refuse_backup(const std::filesystem::path& directory);
// Reads all of it: checksums, invariants (verify.hpp), and that it is the point in time it claims.
// kCorruption: it is not.
Result<VerifyReport> verify_backup(const std::filesystem::path& directory,
                                   const VerifyOptions& options);

struct RestoreOptions {
  Timestamp now;
  std::string actor;      // who restores: "cli:alice"
  bool replaces = false;  // a data directory that is there is moved aside
};
struct Restored {
  BackupFacts from;
  std::uint64_t process_epoch = 0;    // now durable; above every epoch of either directory
  std::filesystem::path moved_aside;  // what was there before; empty: nothing. The way to undo.
};
// Makes `data` what the backup is, with the engine in REDUCING, one event about it, and every older
// process fenced. The backup is read to its end before anything else happens, and stays as it is.
// A crash in the middle leaves `data` as it was, perhaps with the finished copy beside it (where
// the file system cannot exchange two directories: missing, with the old one under `moved_aside`);
// run it again. Errors: kAlreadyExists (data is there and !replaces, or an engine has it open),
// kCorruption, kNotFound, kIo.
Result<Restored> restore_backup(const std::filesystem::path& backup,
                                const std::filesystem::path& data, const RestoreOptions& options);

struct LossOptions {
  Timestamp now;
  std::string actor;  // who accepts it: "cli:alice"
};
struct AcceptedLoss {
  std::uint64_t sequence = 0;       // what is left of the records
  std::uint64_t process_epoch = 0;  // now durable
  std::filesystem::path watermark;  // a copy of the old one, if there was one
};
// Goes on with a database that holds less than was acknowledged, or whose watermark is gone, where
// there is no backup: as after a restore, in REDUCING, with one event, and nothing sent before the
// account has been compared. Whoever is killed, or fails, before that is durable has accepted
// nothing: the directory is refused as before. Errors: kInvalidInput (nothing is lost, or a
// backup), kAlreadyExists (an engine has it open), kNotFound, kCorruption (damaged beyond that; it
// stays as it was), kIo.
Result<AcceptedLoss> accept_loss(const std::filesystem::path& data, const LossOptions& options);

}  // namespace botbox::storage
