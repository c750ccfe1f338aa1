#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "common/strings.h"
#include "services/query/errors.h"
#include "services/query/filter.h"

namespace playhead::query {
namespace {

constexpr char kField[] = "filter_string";

struct Token {
  enum class Kind { kEnd, kWord, kText, kNumber, kSymbol };
  Kind kind = Kind::kEnd;
  std::string text;  // of kText: without quotes and escapes
  int position = 0;

  bool IsKeyword(std::string_view word) const {
    return kind == Kind::kWord && absl::EqualsIgnoreCase(text, ToAbsl(word));
  }
  bool IsSymbol(std::string_view symbol) const { return kind == Kind::kSymbol && text == symbol; }
};

absl::Status Fault(const std::string& fault, const Token& token) {
  return BadFilter(kField, fault, token.position, token.text);
}

bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.';
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  absl::StatusOr<Token> Next() {
    while (next_ < text_.size() && absl::ascii_isspace(static_cast<unsigned char>(text_[next_]))) {
      ++next_;
    }
    Token token{.kind = Token::Kind::kEnd, .text = "", .position = static_cast<int>(next_)};
    if (next_ == text_.size()) return token;
    const char c = text_[next_];
    if (c == '"' || c == '\'') return Quoted(std::move(token));
    if (IsDigit(c) || (c == '-' && next_ + 1 < text_.size() && IsDigit(text_[next_ + 1]))) {
      return Number(std::move(token));
    }
    if (IsWordCharacter(c)) return Word(std::move(token));
    return Symbol(std::move(token));
  }

 private:
  absl::StatusOr<Token> Quoted(Token token) {
    token.kind = Token::Kind::kText;
    const char quote = text_[next_++];
    while (next_ < text_.size() && text_[next_] != quote) {
      char c = text_[next_++];
      if (c == '\\') {
        const auto escaped = Escape();
        if (!escaped.has_value()) {
          token.position = static_cast<int>(next_) - 1;
          return Fault("an escape that is not one of \\\" \\' \\\\ \\n \\t", token);
        }
        c = *escaped;
      }
      token.text.push_back(c);
    }
    if (next_ == text_.size()) return Fault("the quote is not closed", token);
    ++next_;
    return token;
  }

  std::optional<char> Escape() {
    if (next_ == text_.size()) return std::nullopt;
    const char c = text_[next_++];
    if (c == 'n') return '\n';
    if (c == 't') return '\t';
    if (c == '"' || c == '\'' || c == '\\') return c;
    return std::nullopt;
  }

  absl::StatusOr<Token> Number(Token token) {
    token.kind = Token::Kind::kNumber;
    do token.text.push_back(text_[next_++]);
    while (next_ < text_.size() && IsDigit(text_[next_]));
    if (next_ < text_.size() && IsWordCharacter(text_[next_])) {
      return Fault("a value that is not a whole number needs quotes", token);
    }
    return token;
  }

  absl::StatusOr<Token> Word(Token token) {
    token.kind = Token::Kind::kWord;
    while (next_ < text_.size() && IsWordCharacter(text_[next_])) {
      token.text.push_back(text_[next_++]);
    }
    return token;
  }

  absl::StatusOr<Token> Symbol(Token token) {
    token.kind = Token::Kind::kSymbol;
    token.text = text_[next_++];
    const std::string_view all = "=(),";
    if (token.text == "!" && next_ < text_.size() && text_[next_] == '=') {
      token.text.push_back(text_[next_++]);
      return token;
    }
    if (all.find(token.text[0]) != std::string_view::npos) return token;
    token.text.assign(absl::ascii_isprint(static_cast<unsigned char>(token.text[0])) ? token.text
                                                                                     : "");
    return Fault("an operator that is none of =, !=, IN, NOT IN, AND, OR, NOT", token);
  }

  std::string_view text_;
  std::size_t next_ = 0;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  absl::StatusOr<Filter> Parse() {
    RETURN_IF_ERROR(Advance());
    ASSIGN_OR_RETURN(Filter filter, Or(0));
    if (token_.kind != Token::Kind::kEnd) {
      return Fault("expected AND, OR or the end", token_);
    }
    return filter;
  }

 private:
  absl::Status Advance() {
    ASSIGN_OR_RETURN(token_, lexer_.Next());
    return absl::OkStatus();
  }

  absl::StatusOr<Filter> Or(int depth) { return Joined(Filter::Op::kOr, depth); }

  // Operands of one operator, joined by OR or by AND.
  absl::StatusOr<Filter> Joined(Filter::Op op, int depth) {
    if (depth > kMaxFilterDepth) return Fault("more than 32 levels", token_);
    const bool is_or = op == Filter::Op::kOr;
    std::vector<Filter> operands;
    do {
      if (!operands.empty()) RETURN_IF_ERROR(Advance());
      ASSIGN_OR_RETURN(Filter operand, is_or ? Joined(Filter::Op::kAnd, depth) : Not(depth));
      operands.push_back(std::move(operand));
    } while (token_.IsKeyword(is_or ? "OR" : "AND"));
    if (operands.size() == 1) return std::move(operands.front());
    return Filter{.op = op, .children = std::move(operands), .field = {}, .values = {}};
  }

  absl::StatusOr<Filter> Not(int depth) {
    if (!token_.IsKeyword("NOT")) return Primary(depth);
    if (depth >= kMaxFilterDepth) return Fault("more than 32 levels", token_);
    RETURN_IF_ERROR(Advance());
    ASSIGN_OR_RETURN(Filter operand, Not(depth + 1));
    return Negated(std::move(operand));
  }

  absl::StatusOr<Filter> Primary(int depth) {
    if (!token_.IsSymbol("(")) return Comparison();
    RETURN_IF_ERROR(Advance());
    ASSIGN_OR_RETURN(Filter inside, Or(depth + 1));
    if (!token_.IsSymbol(")")) return Fault("expected )", token_);
    RETURN_IF_ERROR(Advance());
    return inside;
  }

  absl::StatusOr<Filter> Comparison() {
    if (token_.kind != Token::Kind::kWord) return Fault("expected a dimension", token_);
    const Token name = token_;
    RETURN_IF_ERROR(Advance());
    FilterLeaf leaf{
        .name = name.text, .values = {}, .position = name.position, .request_field = kField};
    const bool negated = token_.IsSymbol("!=") || token_.IsKeyword("NOT");
    const bool is_list = token_.IsKeyword("IN") || token_.IsKeyword("NOT");
    if (!negated && !is_list && !token_.IsSymbol("=")) {
      return Fault("expected =, !=, IN or NOT IN", token_);
    }
    if (token_.IsKeyword("NOT")) RETURN_IF_ERROR(Advance());
    if (is_list && !token_.IsKeyword("IN")) return Fault("expected IN", token_);
    RETURN_IF_ERROR(Advance());
    if (is_list) {
      RETURN_IF_ERROR(List(leaf.values));
    } else {
      RETURN_IF_ERROR(Value(leaf.values));
    }
    ASSIGN_OR_RETURN(Filter filter, MakeLeaf(leaf));
    return negated ? Negated(std::move(filter)) : std::move(filter);
  }

  absl::Status List(std::vector<std::string>& values) {
    if (!token_.IsSymbol("(")) return Fault("expected ( and values", token_);
    do {
      RETURN_IF_ERROR(Advance());
      RETURN_IF_ERROR(Value(values));
    } while (token_.IsSymbol(","));
    if (!token_.IsSymbol(")")) return Fault("expected , or )", token_);
    return Advance();
  }

  absl::Status Value(std::vector<std::string>& values) {
    if (token_.kind != Token::Kind::kText && token_.kind != Token::Kind::kNumber) {
      return Fault("expected a value in quotes", token_);
    }
    if (++value_count_ > kMaxFilterValues) return Fault("more than 1,000 values", token_);
    values.push_back(token_.text);
    return Advance();
  }

  static Filter Negated(Filter operand) {
    Filter negation{.op = Filter::Op::kNot, .children = {}, .field = {}, .values = {}};
    negation.children.push_back(std::move(operand));
    return negation;
  }

  Lexer lexer_;
  Token token_;
  int value_count_ = 0;
};

}  // namespace

absl::StatusOr<Filter> ParseFilter(std::string_view text) {
  if (text.size() > kMaxFilterBytes) {
    return BadFilter(kField, "longer than 16 KiB", static_cast<int>(kMaxFilterBytes), "");
  }
  return Parser(text).Parse();
}

}  // namespace playhead::query
