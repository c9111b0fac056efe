#include "broker/testing/play_value.h"

#include <cctype>

#include "base/log.h"

namespace weir::broker {

namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  Result<PlayValue> whole() {
    PlayValue parsed = value();
    skip_spaces();
    if (failed_ || !rest_.empty()) {
      return Error(ErrorCode::kInvalidArgument, concat("cannot read a value at '", rest_, "'"));
    }
    return parsed;
  }

 private:
  PlayValue value() {
    if (take('{')) return structure();
    if (take('[')) return list();
    if (take('"')) return quoted();
    return {PlayValue::Kind::kWord, word(), {}, {}};
  }

  PlayValue structure() {
    PlayValue parsed;
    while (!failed_ && !take('}')) {
      std::string name = word();
      failed_ = failed_ || !take('=');
      parsed.fields.emplace_back(std::move(name), value());
      take(',');
    }
    return parsed;
  }

  PlayValue list() {
    PlayValue parsed{PlayValue::Kind::kList, {}, {}, {}};
    while (!failed_ && !take(']')) {
      parsed.items.push_back(value());
      take(',');
    }
    return parsed;
  }

  PlayValue quoted() {
    const std::size_t end = rest_.find('"');
    failed_ = end == std::string_view::npos;
    PlayValue parsed{PlayValue::Kind::kText, std::string(rest_.substr(0, end)), {}, {}};
    if (!failed_) rest_.remove_prefix(end + 1);
    return parsed;
  }

  std::string word() {
    skip_spaces();
    std::size_t size = 0;
    while (size < rest_.size() && (std::isalnum(static_cast<unsigned char>(rest_[size])) ||
                                   rest_[size] == '-' || rest_[size] == '_')) {
      ++size;
    }
    failed_ = failed_ || size == 0;
    std::string taken(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return taken;
  }

  bool take(char expected) {
    skip_spaces();
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void skip_spaces() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace

Result<PlayValue> parse_play_value(std::string_view text) { return Parser(text).whole(); }

}  // namespace weir::broker
