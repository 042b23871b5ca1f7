#include "tools/botbox/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;

void print_document(std::FILE* out, const Json& document, int indent) {
  const std::string text =
      document.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  fmt::print(out, "{}\n", text);
}

std::string_view sequence_of(Colour colour) {
  switch (colour) {
    case Colour::kNone: return "";
    case Colour::kGreen: return "\033[32m";
    case Colour::kYellow: return "\033[33m";
    case Colour::kRed: return "\033[31m";
    case Colour::kBold: return "\033[1m";
    case Colour::kDim: return "\033[2m";
  }
  return "";
}

}  // namespace

Json error_json(const Error& error) {
  Json inner = {{"code", to_string(error.code)}, {"message", error.message}};
  if (!error.place.empty()) inner["place"] = error.place;
  if (!error.fix.empty()) inner["fix"] = error.fix;
  return {{"error", std::move(inner)}};
}

int report_error(const Error& error, OutputFormat format) {
  return report_error(error, format, exit_code(error.code));
}

int report_error(const Error& error, OutputFormat format, ExitCode code) {
  if (format == OutputFormat::kJson)
    print_document(stderr, error_json(error), -1);
  else
    fmt::print(stderr, "botbox: {}\n", to_string(error));
  return number(code);
}

Result<void> can_write(const std::string& path) {
  namespace fs = std::filesystem;
  if (path.empty()) return {};
  std::error_code ignored;
  const fs::path file(path);
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const fs::path& asked = fs::exists(file, ignored) ? file : folder;
  if (fs::is_directory(folder, ignored) && !fs::is_directory(file, ignored) &&
      ::access(asked.c_str(), W_OK) == 0)
    return {};
  return fail(ErrorCode::kIo, "cannot be written", path,
              "name a file in a directory that is there and that you may write to");
}

Result<void> write_file(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return {};
  return fail(ErrorCode::kIo, fmt::format("cannot be written: {}", std::strerror(errno)), path,
              "check the disk and the rights on it");
}

void print_json(const Json& document) { print_document(stdout, document, 2); }
void print_json_line(const Json& document) { print_document(stdout, document, -1); }
void print_text(std::string_view text) { fmt::print("{}", text); }

int report_broken_output(const std::system_error& thrown) {
  if (thrown.code().value() != EPIPE) std::fprintf(stderr, "botbox: %s\n", thrown.what());
  return number(ExitCode::kError);
}

int flushed(int code) {
  if (std::fflush(stdout) == 0) return code;
  const int broken =
      report_broken_output({errno, std::generic_category(), "the output cannot be written"});
  return code != number(ExitCode::kOk) ? code : broken;
}

bool stdout_has_colours() {
  static const bool has = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  return has;
}

std::string painted(std::string_view text, Colour colour) {
  if (colour == Colour::kNone || !stdout_has_colours()) return std::string(text);
  return fmt::format("{}{}\033[0m", sequence_of(colour), text);
}

std::string readable_time(Timestamp at) {
  if (at.is_never()) return "-";
  std::string text = to_iso8601(at);
  if (const auto t = text.find('T'); t != text.npos) text[t] = ' ';
  if (text.ends_with("Z")) text.pop_back();
  if (text.ends_with(".000")) text.resize(text.size() - 4);
  return text;
}

}  // namespace botbox::cli
