#include "broker/id_pattern.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/log.h"

namespace weir::broker {

namespace {

constexpr int kDeepestNesting = 200;
constexpr int kMostRepeats = 1000;  // RE2's limit
constexpr int kUnlimited = -1;

/// How often what stands before is there.
struct Repeats {
  int least = 1;
  int most = 1;
};

unsigned char to_byte(char letter) { return static_cast<unsigned char>(letter); }

}  // namespace

/// Reads a pattern into a tree, and builds states of it from the end, where what follows is known.
class IdPattern::Parser {
 public:
  Parser(std::string_view text, IdPattern& pattern) : text_(text), pattern_(pattern) {}

  Result<void> parse() {
    const Node whole = alternatives();
    if (!problem_ && at_ < text_.size()) problem_ = "there is a ) without a (";
    if (!problem_) pattern_.first_ = build(whole, push({Kind::kMatch}));
    if (!problem_) return {};
    return Error(ErrorCode::kInvalidArgument, concat("no pattern: ", *problem_));
  }

 private:
  /// A part of the pattern. With parts it is one of several alternatives or all of them in a row.
  struct Node {
    State leaf{};
    bool is_leaf = false;
    bool is_choice = false;
    std::vector<Node> parts{};
    Repeats repeats{};
  };

  static Node bytes(Bytes bytes) { return {{Kind::kByte, bytes}, true}; }
  bool has(char letter) const { return at_ < text_.size() && text_[at_] == letter; }
  bool take(char letter) { return has(letter) && ++at_ > 0; }
  char take_any(std::string_view otherwise) {
    if (at_ < text_.size()) return text_[at_++];
    problem_ = otherwise;
    return '\0';
  }

  Node alternatives() {
    Node choice;
    choice.is_choice = true;
    do choice.parts.push_back(sequence());
    while (!problem_ && take('|'));
    return choice;
  }

  Node sequence() {
    Node row;
    while (!problem_ && at_ < text_.size() && !has('|') && !has(')')) {
      Node part = one();
      if (!problem_) part.repeats = repeats();
      row.parts.push_back(std::move(part));
    }
    return row;
  }

  Node one() {
    const char letter = text_[at_++];
    switch (letter) {
      case '(':
        return group();
      case '[':
        return bytes(bracket());
      case '.':
        return bytes(~Bytes().set('\n'));
      case '^':
        return {{Kind::kBegin}, true};
      case '$':
        return {{Kind::kEnd}, true};
      case '\\':
        return bytes(escaped());
      case '*':
      case '+':
      case '?':
      case '{':
        problem_ = "nothing stands before what repeats it";
        return {};
      default:
        return bytes(Bytes().set(to_byte(letter)));
    }
  }

  Node group() {
    if (++depth_ > kDeepestNesting) problem_ = "its groups are nested too deeply";
    if (take('?') && !take(':')) problem_ = "of groups that begin with ? only (?: is known";
    if (problem_) return {};
    Node inside = alternatives();
    if (!problem_ && !take(')')) problem_ = "there is a ( without a )";
    --depth_;
    Node whole;
    whole.parts.push_back(std::move(inside));
    return whole;
  }

  static std::optional<Bytes> known_class(char letter) {
    Bytes members;
    for (int byte = 0; byte < 128; ++byte) {
      const bool is_digit = byte >= '0' && byte <= '9';
      const int small = byte | 0x20;
      const bool is_word = is_digit || byte == '_' || (byte >= 'A' && small >= 'a' && small <= 'z');
      const bool is_space =
          byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f';
      const int small_letter = letter | 0x20;
      const bool is_in = small_letter == 'd' ? is_digit : small_letter == 'w' ? is_word : is_space;
      members.set(static_cast<std::size_t>(byte), is_in);
    }
    if (letter == 'd' || letter == 'w' || letter == 's') return members;
    if (letter == 'D' || letter == 'W' || letter == 'S') return ~members;
    return std::nullopt;
  }

  Bytes escaped() {
    const char letter = take_any("a \\ stands at its end");
    if (const auto members = known_class(letter)) return *members;
    constexpr std::string_view kNames = "nrtf", kLetters = "\n\r\t\f";
    if (const auto at = kNames.find(letter); at != std::string_view::npos) {
      return Bytes().set(to_byte(kLetters[at]));
    }
    const bool is_plain = known_class('w')->test(to_byte(letter)) && letter != '_';
    if (is_plain) problem_ = concat("\\", std::string(1, letter), " is not known");
    return Bytes().set(to_byte(letter));
  }

  Bytes bracket() {
    const bool is_opposite = take('^');
    Bytes members;
    bool is_first = true;
    while (!problem_ && (is_first || !has(']'))) {
      members |= bracket_item();
      is_first = false;
    }
    if (!problem_) ++at_;
    return is_opposite ? ~members : members;
  }

  Bytes bracket_item() {
    const char from = take_any("there is a [ without a ]");
    if (from == '[' && has(':')) problem_ = "classes by name, as in [[:alpha:]], are not known";
    const Bytes begin = from == '\\' ? escaped() : Bytes().set(to_byte(from));
    const bool is_range = has('-') && at_ + 1 < text_.size() && text_[at_ + 1] != ']';
    if (!is_range || problem_) return begin;
    ++at_;
    const char to = take_any("there is a [ without a ]");
    const Bytes end = to == '\\' ? escaped() : Bytes().set(to_byte(to));
    return between(begin, end);
  }

  static std::size_t first_of(const Bytes& bytes) {
    std::size_t byte = 0;
    while (byte < bytes.size() && !bytes.test(byte)) ++byte;
    return byte;
  }

  /// All from the one in `begin` to the one in `end`.
  Bytes between(const Bytes& begin, const Bytes& end) {
    const std::size_t from = first_of(begin), to = first_of(end);
    if (begin.count() != 1 || end.count() != 1 || from > to)
      problem_ = "a range goes from nowhere to nowhere";
    Bytes members;
    for (std::size_t byte = from; byte <= to && byte < members.size(); ++byte) members.set(byte);
    return members;
  }

  Repeats repeats() {
    Repeats found;
    if (take('*'))
      found = {0, kUnlimited};
    else if (take('+'))
      found = {1, kUnlimited};
    else if (take('?'))
      found = {0, 1};
    else if (has('{'))
      found = counted();
    else
      return found;
    take('?');  // as few as possible: the same for a whole name
    if (has('*') || has('+') || has('?')) problem_ = "what is repeated is repeated again";
    return found;
  }

  Repeats counted() {
    ++at_;
    Repeats found;
    found.least = found.most = number();
    if (take(',')) found.most = has('}') ? kUnlimited : number();
    const bool is_wrong = found.most != kUnlimited && found.most < found.least;
    if (!take('}') || is_wrong) problem_ = "a count is {2}, {2,} or {2,5}";
    return found;
  }

  int number() {
    int value = 0;
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && value <= kMostRepeats) {
      value = value * 10 + (text_[at_++] - '0');
    }
    if (at_ == begin || value > kMostRepeats)
      problem_ = concat("a count is a number up to ", kMostRepeats);
    return value;
  }

  std::size_t push(State state) {
    if (pattern_.states_.size() >= kMaxStates) problem_ = "it is too long";
    if (problem_) return 0;
    pattern_.states_.push_back(state);
    return pattern_.states_.size() - 1;
  }

  /// Adds the states of a part that is followed by state `next`; returns the first of them.
  std::size_t build(const Node& node, std::size_t next) {
    const auto [least, most] = node.repeats;
    std::size_t first = next;
    if (most == kUnlimited) {
      first = push({Kind::kSplit, {}, 0, next});
      const std::size_t again = build_once(node, first);
      if (!problem_) pattern_.states_[first].next = again;
    }
    for (int i = least; i < most && !problem_; ++i) {
      first = push({Kind::kSplit, {}, build_once(node, first), next});
    }
    for (int i = 0; i < least && !problem_; ++i) first = build_once(node, first);
    return first;
  }

  std::size_t build_once(const Node& node, std::size_t next) {
    if (problem_) return 0;
    if (node.is_leaf) {
      State leaf = node.leaf;
      leaf.next = next;
      return push(leaf);
    }
    std::size_t first = next;
    for (auto part = node.parts.rbegin(); part != node.parts.rend(); ++part) {
      if (!node.is_choice) {
        first = build(*part, first);
      } else {
        const std::size_t alternative = build(*part, next);
        const bool is_last = part == node.parts.rbegin();
        first = is_last ? alternative : push({Kind::kSplit, {}, alternative, first});
      }
    }
    return first;
  }

  std::string_view text_;
  IdPattern& pattern_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::optional<std::string> problem_;
};

Result<IdPattern> IdPattern::compile(std::string_view pattern) {
  IdPattern compiled;
  WEIR_RETURN_IF_ERROR(Parser(pattern, compiled).parse());
  return compiled;
}

/// Adds a state and all that it leads to without a byte.
void IdPattern::add(std::size_t state, bool at_begin, bool at_end,
                    std::vector<bool>& states) const {
  std::vector<std::size_t> open{state};
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    if (states[at]) continue;
    states[at] = true;
    const State& found = states_[at];
    const bool goes_on = found.kind == Kind::kSplit || (found.kind == Kind::kBegin && at_begin) ||
                         (found.kind == Kind::kEnd && at_end);
    if (goes_on) open.push_back(found.next);
    if (found.kind == Kind::kSplit) open.push_back(found.other);
  }
}

bool IdPattern::matches(std::string_view name) const {
  std::vector<bool> states(states_.size());
  add(first_, true, name.empty(), states);
  for (std::size_t i = 0; i < name.size(); ++i) {
    std::vector<bool> next(states_.size());
    for (std::size_t at = 0; at < states_.size(); ++at) {
      const State& state = states_[at];
      const bool takes =
          states[at] && state.kind == Kind::kByte && state.bytes.test(to_byte(name[i]));
      if (takes) add(state.next, false, i + 1 == name.size(), next);
    }
    states = std::move(next);
  }
  for (std::size_t at = 0; at < states_.size(); ++at) {
    if (states[at] && states_[at].kind == Kind::kMatch) return true;
  }
  return false;
}

}  // namespace weir::broker
