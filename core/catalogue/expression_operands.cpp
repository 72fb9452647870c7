// What stands between operators: numbers, names, calls, quoted text.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/expression_parser.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace penumbra {

using namespace expression;

namespace {

struct Function {
    const char* name;
    Expression::Operation operation;
    std::size_t fewest, most; ///< arguments
};
constexpr std::size_t any = maxLength; // as many as fit
constexpr std::array functions = {
    Function{"log10", Expression::Operation::Log10, 1, 1},
    Function{"ln", Expression::Operation::Ln, 1, 1},
    Function{"exp", Expression::Operation::Exp, 1, 1},
    Function{"sqrt", Expression::Operation::Sqrt, 1, 1},
    Function{"abs", Expression::Operation::Abs, 1, 1},
    Function{"asinh", Expression::Operation::Asinh, 1, 1},
    Function{"isfinite", Expression::Operation::IsFinite, 1, 1},
    Function{"ismissing", Expression::Operation::Missing, 1, 1},
    Function{"min", Expression::Operation::Minimum, 2, any},
    Function{"max", Expression::Operation::Maximum, 2, any},
    Function{"bitxor", Expression::Operation::BitXor, 2, 2},
};

std::vector<std::string> functionNames() {
    std::vector<std::string> names;
    for (const auto& function : functions)
        names.emplace_back(function.name);
    return names;
}

} // namespace

namespace expression {

bool startsName(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) || c == '_';
}
bool isDigit(char c) {
    return c >= '0' && c <= '9';
}
bool startsCharacter(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

std::string characterAt(std::string_view text, std::size_t at) {
    std::size_t end = at + 1;
    while (end < text.size() && !startsCharacter(text[end]))
        ++end;
    return std::string(text.substr(at, end - at));
}

std::string backquoteHint(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]) >= 0x80
               ? "; write column names with other than plain letters in `backquotes`"
               : "";
}

bool continuesName(char c) {
    return startsName(c) || isDigit(c) || c == '.';
}

} // namespace expression

int ExpressionParser::parsePrimary() {
    skipSpace();
    if (at_ >= text_.size())
        failExpression("expression ends where a value is expected", text_, text_.size());
    const char c = text_[at_];
    const std::size_t at = at_;
    if (take("(")) {
        const int inside = parseOr();
        skipSpace();
        if (!take(")"))
            failExpression("this ( is never closed", text_, at);
        return inside;
    }
    if (isDigit(c) || c == '.')
        return parseNumber();
    if (startsName(c) || c == '`')
        return parseNameOrCall();
    if (c == '"' || c == '\'')
        failExpression("quoted text can only be compared with a column by == or !=; write odd column names "
                       "in `backquotes`",
                       text_, at_);
    failExpression("expected a number, a column or (, found '" + characterAt(text_, at_) + "'" +
                       backquoteHint(text_, at_),
                   text_, at_);
}

int ExpressionParser::parseNumber() {
    const std::size_t start = at_;
    while (at_ < text_.size() && (isDigit(text_[at_]) || text_[at_] == '.'))
        ++at_;
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
        std::size_t after = at_ + 1;
        if (after < text_.size() && (text_[after] == '+' || text_[after] == '-'))
            ++after;
        if (after < text_.size() && isDigit(text_[after])) {
            at_ = after;
            while (at_ < text_.size() && isDigit(text_[at_]))
                ++at_;
        }
    }
    const std::string_view text = text_.substr(start, at_ - start);
    Expression::Node node = numberNode(text, start);
    if (at_ < text_.size() && startsName(text_[at_]))
        failExpression("a name cannot follow a number directly: is a * missing?", text_, at_);
    return add(std::move(node));
}

/// An integer where the text has neither point nor exponent.
Expression::Node ExpressionParser::numberNode(std::string_view text, std::size_t at) const {
    Expression::Node node;
    node.at = at;
    if (std::all_of(text.begin(), text.end(), isDigit)) {
        node.operation = Operation::Integer;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), node.integer);
        if (read.ec != std::errc())
            failExpression("the integer " + std::string(text) +
                               " is beyond 64 bits (18446744073709551615 is the largest); with a point or an "
                               "exponent it is a real",
                           text_, at);
        return node;
    }
    const auto number = parseReal(text);
    if (!number)
        failExpression("'" + std::string(text) + "' is not a number", text_, at);
    node.number = *number;
    return node;
}

int ExpressionParser::parseNameOrCall() {
    const std::size_t start = at_;
    std::string name;
    const bool backquoted = text_[at_] == '`';
    if (backquoted) {
        name = quoted('`');
    } else {
        while (at_ < text_.size() && continuesName(text_[at_]))
            name += text_[at_++];
        skipSpace();
        if (take("("))
            return parseCall(name, start);
        for (const auto* word : {"and", "or", "not"})
            if (name == word)
                failExpression("'" + name + "' stands where a value is expected", text_, start);
    }
    if (take("[")) {
        const std::size_t from = at_;
        while (at_ < text_.size() && text_[at_] != ']')
            ++at_;
        const auto index = parseInteger(text_.substr(from, at_ - from));
        if (!index || *index < 0 || !take("]"))
            failExpression("expected an index such as [0] after '" + name + "'", text_, from);
        name += '[';
        name += std::to_string(*index); // as one sum, g++ 12 warns of an overflow that cannot be
        name += ']';
    }
    Expression::Node node;
    node.operation = Operation::Column;
    node.at = start;
    node.name = std::move(name);
    return add(std::move(node));
}

int ExpressionParser::parseCall(const std::string& function, std::size_t at) {
    const Function* found = nullptr;
    for (const auto& candidate : functions)
        if (function == candidate.name)
            found = &candidate;
    if (!found)
        failExpression("unknown function '" + function + "'; there are " + joinText(functionNames(), ", "),
                       text_, at);
    std::vector<int> arguments;
    do
        arguments.push_back(parseOr());
    while (skipSpace(), take(","));
    if (!take(")"))
        failExpression("the ( after '" + function + "' is never closed", text_, at);
    if (arguments.size() < found->fewest || arguments.size() > found->most)
        failExpression(function + " takes " +
                           (found->most == 1               ? "one argument"
                            : found->most == found->fewest ? "two arguments"
                                                           : "two or more arguments") +
                           ", found " + std::to_string(arguments.size()),
                       text_, at);
    if (arguments.size() == 1)
        return binary(found->operation, at, arguments[0], -1);
    int node = arguments[0];
    for (std::size_t i = 1; i < arguments.size(); ++i)
        node = binary(found->operation, at, node, arguments[i]);
    return node;
}

std::string ExpressionParser::quoted(char quote) {
    const std::size_t start = at_++;
    std::string inside;
    while (at_ < text_.size() && text_[at_] != quote)
        inside += text_[at_++];
    if (at_ >= text_.size())
        failExpression(std::string("this ") + quote + " is never closed", text_, start);
    ++at_;
    return inside;
}

} // namespace penumbra
