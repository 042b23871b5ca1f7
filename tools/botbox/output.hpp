// How commands speak: answers on stdout, errors on stderr, as text or as JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <system_error>

#include "engine/model/time.hpp"
#include "engine/result.hpp"
#include "tools/botbox/exit_code.hpp"

namespace botbox::cli {

enum class OutputFormat : std::uint8_t { kText, kJson };
constexpr OutputFormat format_of(bool json) {
  return json ? OutputFormat::kJson : OutputFormat::kText;
}

// {"error":{"code","message","place","fix"}}.
nlohmann::ordered_json error_json(const Error& error);
// Says it on stderr; returns the exit code that fits it.
int report_error(const Error& error, OutputFormat format);
int report_error(const Error& error, OutputFormat format, ExitCode code);

// One document, indented, ended by a newline. Text that is not UTF-8 gets replacement characters.
void print_json(const nlohmann::ordered_json& document);
void print_json_line(const nlohmann::ordered_json& document);
void print_text(std::string_view text);
// What these throw when it cannot be written, for who ends a program by it: kError, and a word on
// stderr unless only the reader has gone.
int report_broken_output(const std::system_error& thrown);
// At a program's end: `code`, or kError where not all that was printed can be written.
int flushed(int code);

// Error when a file that a long run is to write at its end could not be written: said before it.
// An empty path asks for nothing.
Result<void> can_write(const std::string& path);
// Replaces the file.
Result<void> write_file(const std::string& path, std::string_view text);

// Escape sequences on a terminal only, and never when NO_COLOR is set.
enum class Colour : std::uint8_t { kNone, kGreen, kYellow, kRed, kBold, kDim };
bool stdout_has_colours();
std::string painted(std::string_view text, Colour colour);

// "2021-04-25 04:01:00.000", "2021-04-25 04:01:00" on a whole second, "-" for "never". UTC.
std::string readable_time(Timestamp at);

}  // namespace botbox::cli
