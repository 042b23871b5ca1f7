#include "tools/botboxctl/line_editor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <histedit.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "tools/botboxctl/shell_commands.hpp"

namespace botbox::ctl {
namespace {

constexpr int kHistoryLines = 1'000;

std::string common_start(const std::vector<std::string>& words) {
  std::string common = words.front();
  for (const std::string& word : words) {
    std::size_t same = 0;
    while (same < common.size() && same < word.size() && common[same] == word[same]) ++same;
    common.resize(same);
  }
  return common;
}

// The words up to the cursor; a blank before it begins an empty one.
std::vector<std::string> begun_words(const LineInfo& line) {
  const std::string text(line.buffer, static_cast<std::size_t>(line.cursor - line.buffer));
  std::vector<std::string> words = split_words(text).value_or(std::vector<std::string>{});
  if (words.empty() || text.ends_with(' ')) words.emplace_back();
  return words;
}

void print_columns(const std::vector<std::string>& words) {
  std::size_t width = 0;
  for (const std::string& word : words) width = std::max(width, word.size());
  const std::size_t columns = std::max<std::size_t>(1, 78 / (width + 2));
  fmt::print("\n");
  for (std::size_t i = 0; i < words.size(); ++i)
    fmt::print("{:<{}}{}", words[i], width + 2,
               (i + 1) % columns == 0 || i + 1 == words.size() ? "\n" : "");
  std::fflush(stdout);
}

}  // namespace

struct LineEditor::Editor {
  EditLine* line = nullptr;
  History* history = nullptr;
  std::filesystem::path file;
  std::function<std::string()> prompt;
  Complete complete;
  std::string shown_prompt;

  static Editor* of(EditLine* line) {
    void* self = nullptr;
    el_get(line, EL_CLIENTDATA, &self);
    return static_cast<Editor*>(self);
  }
  static char* prompt_of(EditLine* line) { return of(line)->shown_prompt.data(); }

  static unsigned char complete_here(EditLine* line, int) {
    Editor* self = of(line);
    const std::vector<std::string> words = begun_words(*el_line(line));
    const std::vector<std::string> found = self->complete(words);
    if (found.empty()) return CC_REFRESH_BEEP;
    std::string more = common_start(found).substr(words.back().size());
    if (found.size() == 1) more += ' ';
    if (!more.empty()) {
      el_insertstr(line, more.c_str());
      return CC_REFRESH;
    }
    print_columns(found);
    return CC_REDISPLAY;
  }
  // Ctrl-C: the line is given up.
  static unsigned char give_up(EditLine* line, int) {
    const LineInfo* info = el_line(line);
    el_cursor(line, static_cast<int>(info->lastchar - info->cursor));
    el_deletestr(line, static_cast<int>(info->lastchar - info->buffer));
    fmt::print("^C");
    std::fflush(stdout);
    // What is read is the buffer, and an empty one is the end of the input.
    el_insertstr(line, "\n");
    return CC_NEWLINE;
  }
};

LineEditor::LineEditor(std::filesystem::path history_path, std::function<std::string()> prompt,
                       Complete complete)
    : editor_(std::make_unique<Editor>()) {
  editor_->file = std::move(history_path);
  editor_->prompt = std::move(prompt);
  editor_->complete = std::move(complete);
  if (::isatty(STDIN_FILENO) == 0) return;
  EditLine* line = editor_->line = el_init("botboxctl", stdin, stdout, stderr);
  if (line == nullptr) return;
  el_set(line, EL_CLIENTDATA, editor_.get());
  el_set(line, EL_PROMPT, &Editor::prompt_of);
  el_set(line, EL_EDITOR, "emacs");
  el_set(line, EL_SIGNAL, 1);
  editor_->history = history_init();
  HistEvent event;
  history(editor_->history, &event, H_SETSIZE, kHistoryLines);
  history(editor_->history, &event, H_SETUNIQUE, 1);
  if (!editor_->file.empty()) {
    std::error_code ignored;
    std::filesystem::create_directories(editor_->file.parent_path(), ignored);
    // It may hold what nobody else should read; made before libedit would make it.
    const int made = ::open(editor_->file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (made >= 0) ::close(made);
    history(editor_->history, &event, H_LOAD, editor_->file.c_str());
  }
  el_set(line, EL_HIST, history, editor_->history);
  el_set(line, EL_ADDFN, "botbox-complete", "complete a word", &Editor::complete_here);
  el_set(line, EL_BIND, "^I", "botbox-complete", nullptr);
  el_set(line, EL_ADDFN, "botbox-give-up", "give up the line", &Editor::give_up);
  el_set(line, EL_BIND, "^C", "botbox-give-up", nullptr);
  el_set(line, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  // Ctrl-C is a key while a line is edited, and a signal again while a command runs.
  el_set(line, EL_SETTY, "-d", "-isig", nullptr);
}

LineEditor::~LineEditor() {
  if (editor_->history != nullptr) history_end(editor_->history);
  if (editor_->line != nullptr) el_end(editor_->line);
}

std::optional<std::string> LineEditor::read_line() {
  if (editor_->line == nullptr) {
    std::string text;
    if (!std::getline(std::cin, text)) return std::nullopt;
    return text;
  }
  editor_->shown_prompt = editor_->prompt();
  int size = 0;
  const char* got = el_gets(editor_->line, &size);
  if (got == nullptr || size <= 0) return std::nullopt;
  std::string text(got, static_cast<std::size_t>(size));
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  if (!text.empty()) {
    HistEvent event;
    history(editor_->history, &event, H_ENTER, text.c_str());
    if (!editor_->file.empty()) history(editor_->history, &event, H_SAVE, editor_->file.c_str());
  }
  return text;
}

std::string LineEditor::ask(const std::string& question) {
  fmt::print("{}", question);
  std::fflush(stdout);
  std::string text;
  std::getline(std::cin, text);
  return text;
}

std::filesystem::path history_file() {
  // Read before any thread is made.
  const char* state = std::getenv("XDG_STATE_HOME");  // NOLINT(concurrency-mt-unsafe)
  if (state != nullptr && *state == '/')
    return std::filesystem::path(state) / "botbox" / "ctl_history";
  const char* home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe)
  if (home == nullptr || *home != '/') return {};
  return std::filesystem::path(home) / ".local" / "state" / "botbox" / "ctl_history";
}

}  // namespace botbox::ctl
