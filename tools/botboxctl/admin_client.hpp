// AdminClient: asks a running engine, and finds it again when it was restarted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "actors/admin_peers.hpp"
#include "actors/admin_protocol.hpp"
#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox::ctl {

struct AdminClientOptions {
  // DATA/admin, or a directory with copies of ca.pem and a client's certificate and key.
  std::filesystem::path directory;
  actors::AdminRole role = actors::AdminRole::kOperate;
  std::uint16_t port = 0;  // 0: the one that the engine has written into `directory`
  Duration connect_within{5'000};
  std::string user;                             // for the engine's log of operators
  std::string schema = actors::admin_schema();  // another one only to play another release
};

// Whether a question whose answer got lost may be asked again. What changes something may have been
// done although nobody said so.
enum class Repeat : std::uint8_t { kNever, kOnce };

// One thread at a time. It never waits longer than its options and arguments say.
class AdminClient {
 public:
  // Error: files of the certificate that cannot be read. Connects nowhere yet.
  static Result<std::unique_ptr<AdminClient>> create(AdminClientOptions options);
  ~AdminClient();
  AdminClient(const AdminClient&) = delete;
  AdminClient& operator=(const AdminClient&) = delete;

  // The JSON that the engine answers. Errors: the engine's own; kUnavailable (no engine answers
  // there, nothing was asked), kTimeout, kOutcomeUnknown (asked, and the connection was lost),
  // kRejected (it does not take our certificate), kNewerData (it speaks another version).
  Result<std::string> ask(const std::string& verb, const std::string& args, Duration within,
                          Repeat repeat);
  // Lets go of the connection; the next question makes another one.
  void disconnect();
  // For the end of the process, which ends the connection too: CAF's own end waits for its peer,
  // and nobody should wait for that. No question after it.
  void leave();
  bool is_connected() const { return connection_ != nullptr; }

 private:
  struct Connection;
  explicit AdminClient(AdminClientOptions options);
  Result<void> connect();
  Result<std::string> ask_once(const std::string& verb, const std::string& args, Duration within);

  // What the last question met: nothing bad, or a connection that was lost before or after it went
  // out.
  enum class Loss : std::uint8_t { kNone, kBefore, kAfter };

  AdminClientOptions options_;
  std::unique_ptr<Connection> connection_;
  Loss loss_ = Loss::kNone;
};

}  // namespace botbox::ctl
