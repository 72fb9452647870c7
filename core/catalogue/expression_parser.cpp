#include "core/catalogue/expression_parser.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <array>
#include <cctype>
#include <utility>

namespace penumbra {

namespace {

constexpr int maxDepth = 100;
constexpr std::size_t maxLength = 4000; // keeps the recursion over the tree shallow

struct Function {
    const char* name;
    Expression::Operation operation;
    bool variadic;
};
constexpr std::array functions = {
    Function{"log10", Expression::Operation::Log10, false},
    Function{"ln", Expression::Operation::Ln, false},
    Function{"exp", Expression::Operation::Exp, false},
    Function{"sqrt", Expression::Operation::Sqrt, false},
    Function{"abs", Expression::Operation::Abs, false},
    Function{"asinh", Expression::Operation::Asinh, false},
    Function{"isfinite", Expression::Operation::IsFinite, false},
    Function{"ismissing", Expression::Operation::Missing, false},
    Function{"min", Expression::Operation::Minimum, true},
    Function{"max", Expression::Operation::Maximum, true},
};

std::vector<std::string> functionNames() {
    std::vector<std::string> names;
    for (const auto& function : functions)
        names.emplace_back(function.name);
    return names;
}

bool startsName(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) || c == '_';
}
bool isDigit(char c) {
    return c >= '0' && c <= '9';
}
bool continuesName(char c) {
    return startsName(c) || isDigit(c) || c == '.';
}

} // namespace

void failExpression(const std::string& message, std::string_view text, std::size_t at) {
    std::string shown;
    for (const char c : text)
        shown += static_cast<unsigned char>(c) < ' ' ? ' ' : c; // line breaks would misplace the caret
    throw Error(message + "\n  " + shown + "\n  " + std::string(std::min(at, text.size()), ' ') + "^");
}

/// Counts nesting, so that "((((..." ends in an error and not in an overflow of the stack.
struct ExpressionParser::DepthGuard {
    explicit DepthGuard(ExpressionParser& owner) : parser(owner) {
        if (++parser.depth_ > maxDepth)
            failExpression("expression is nested too deeply", parser.text_.substr(0, 80), 0);
    }
    ~DepthGuard() { --parser.depth_; }
    DepthGuard(const DepthGuard&) = delete;
    DepthGuard& operator=(const DepthGuard&) = delete;
    ExpressionParser& parser;
};

int ExpressionParser::parse() {
    if (text_.size() > maxLength)
        failExpression("expression is longer than " + std::to_string(maxLength) + " characters",
                       text_.substr(0, 80), 0);
    if (trimmed(text_).empty())
        throw Error("expression is empty: write a column name or a formula such as log10(FLUX_R) > 1");
    const int root = parseOr();
    skipSpace();
    if (at_ < text_.size()) {
        if (text_[at_] == '=')
            failExpression("unexpected '=': write == to compare", text_, at_);
        failExpression("unexpected '" + std::string(1, text_[at_]) + "': expected an operator or the end",
                       text_, at_);
    }
    return root;
}

int ExpressionParser::parseOr() {
    int left = parseAnd();
    for (;;) {
        skipSpace();
        const std::size_t at = at_;
        if (!takeWord("or") && !take("||"))
            return left;
        left = binary(Operation::Or, at, left, parseAnd());
    }
}

int ExpressionParser::parseAnd() {
    int left = parseNot();
    for (;;) {
        skipSpace();
        const std::size_t at = at_;
        if (!takeWord("and") && !take("&&"))
            return left;
        left = binary(Operation::And, at, left, parseNot());
    }
}

int ExpressionParser::parseNot() {
    const DepthGuard guard(*this);
    skipSpace();
    const std::size_t at = at_;
    const bool bang = at_ < text_.size() && text_[at_] == '!' && text_.substr(at_, 2) != "!=";
    if ((bang && take("!")) || takeWord("not"))
        return binary(Operation::Not, at, parseNot(), -1);
    return parseComparison();
}

bool ExpressionParser::comparisonAhead(Operation& operation) {
    static constexpr std::array<std::pair<std::string_view, Operation>, 6> symbols = {{
        {"<=", Operation::LessEqual},
        {">=", Operation::GreaterEqual},
        {"==", Operation::Equal},
        {"!=", Operation::Differs},
        {"<", Operation::Less},
        {">", Operation::Greater},
    }};
    for (const auto& [symbol, candidate] : symbols)
        if (take(symbol)) {
            operation = candidate;
            return true;
        }
    return false;
}

int ExpressionParser::parseComparison() {
    int left = parseSum();
    int chain = -1;
    for (;;) {
        skipSpace();
        const std::size_t at = at_;
        Operation operation{};
        if (!comparisonAhead(operation))
            return chain < 0 ? left : chain;
        const int right = textAhead() ? -1 : parseSum();
        const int link = compare(operation, at, left, right);
        chain = chain < 0 ? link : binary(Operation::And, at, chain, link);
        if (right < 0)
            return chain;
        left = right;
    }
}

/// right < 0: a quoted text follows, to be compared with the column on the left.
int ExpressionParser::compare(Operation operation, std::size_t at, int left, int right) {
    if (right >= 0)
        return binary(operation, at, left, right);
    const Expression::Node column = nodes_[static_cast<std::size_t>(left)];
    if (column.operation != Operation::Column ||
        (operation != Operation::Equal && operation != Operation::Differs))
        failExpression("quoted text can only follow a column name and == or !=", text_, at);
    Expression::Node node;
    node.operation = operation == Operation::Equal ? Operation::TextEquals : Operation::TextDiffers;
    node.at = column.at;
    node.name = column.name;
    node.literal = quoted(text_[at_]);
    return add(std::move(node));
}

int ExpressionParser::parseSum() {
    int left = parseProduct();
    for (;;) {
        skipSpace();
        const std::size_t at = at_;
        if (take("+"))
            left = binary(Operation::Add, at, left, parseProduct());
        else if (take("-"))
            left = binary(Operation::Subtract, at, left, parseProduct());
        else
            return left;
    }
}

int ExpressionParser::parseProduct() {
    int left = parseSign();
    for (;;) {
        skipSpace();
        const std::size_t at = at_;
        if (take("**"))
            failExpression("unexpected '**': write ^ for a power", text_, at);
        if (take("*"))
            left = binary(Operation::Multiply, at, left, parseSign());
        else if (take("/"))
            left = binary(Operation::Divide, at, left, parseSign());
        else if (take("%"))
            left = binary(Operation::Modulo, at, left, parseSign());
        else
            return left;
    }
}

int ExpressionParser::parseSign() {
    const DepthGuard guard(*this);
    skipSpace();
    const std::size_t at = at_;
    if (take("-"))
        return binary(Operation::Negate, at, parseSign(), -1);
    if (take("+"))
        return parseSign();
    return parsePower();
}

int ExpressionParser::parsePower() {
    const int base = parsePrimary();
    skipSpace();
    const std::size_t at = at_;
    if (take("^"))
        return binary(Operation::Power, at, base, parseSign()); // parseSign: 10^-3, and 2^3^2 = 2^9
    return base;
}

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
        failExpression(
            "quoted text can only follow a column name and == or !=; write odd column names in `backquotes`",
            text_, at_);
    failExpression("expected a number, a column or (, found '" + std::string(1, c) + "'", text_, at_);
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
    const auto number = parseReal(text_.substr(start, at_ - start));
    if (!number)
        failExpression("'" + std::string(text_.substr(start, at_ - start)) + "' is not a number", text_,
                       start);
    if (at_ < text_.size() && startsName(text_[at_]))
        failExpression("a name cannot follow a number directly: is a * missing?", text_, at_);
    Expression::Node node;
    node.at = start;
    node.number = *number;
    return add(std::move(node));
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
        name += "[" + std::to_string(*index) + "]";
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
    if (!found->variadic) {
        if (arguments.size() != 1)
            failExpression(function + " takes one argument, found " + std::to_string(arguments.size()), text_,
                           at);
        return binary(found->operation, at, arguments[0], -1);
    }
    if (arguments.size() < 2)
        failExpression(function + " takes two or more arguments, found one", text_, at);
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

bool ExpressionParser::textAhead() {
    skipSpace();
    return at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'');
}

void ExpressionParser::skipSpace() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])))
        ++at_;
}

bool ExpressionParser::take(std::string_view symbol) {
    if (text_.substr(at_, symbol.size()) != symbol)
        return false;
    at_ += symbol.size();
    return true;
}

bool ExpressionParser::takeWord(std::string_view word) {
    if (text_.substr(at_, word.size()) != word)
        return false;
    const std::size_t after = at_ + word.size();
    if (after < text_.size() && (continuesName(text_[after]) || text_[after] == '['))
        return false;
    at_ = after;
    return true;
}

int ExpressionParser::add(Expression::Node node) {
    nodes_.push_back(std::move(node));
    return static_cast<int>(nodes_.size()) - 1;
}

int ExpressionParser::binary(Operation operation, std::size_t at, int left, int right) {
    Expression::Node node;
    node.operation = operation;
    node.at = at;
    node.left = left;
    node.right = right;
    return add(std::move(node));
}

} // namespace penumbra
