// LineEditor: reads lines from a terminal with history and completion (libedit), or plainly from a
// pipe.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace botbox::ctl {

class LineEditor {
 public:
  // The words of the line up to the cursor, the last of them begun or empty; what it could become.
  using Complete = std::function<std::vector<std::string>(const std::vector<std::string>& words)>;

  // `history`: its file, made with mode 0600; a line that cannot be written there is only
  // forgotten.
  LineEditor(std::filesystem::path history, std::function<std::string()> prompt, Complete complete);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  // Nothing: the end (Ctrl-D). Ctrl-C gives an empty line.
  std::optional<std::string> read_line();
  // One line without history, after a question.
  std::string ask(const std::string& question);

 private:
  struct Editor;
  std::unique_ptr<Editor> editor_;
};

// $XDG_STATE_HOME/botbox/ctl_history, or the same below ~/.local/state. Empty: there is no home.
std::filesystem::path history_file();

}  // namespace botbox::ctl
