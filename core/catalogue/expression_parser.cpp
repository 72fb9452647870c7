#include "core/catalogue/expression_parser.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace penumbra {

using namespace expression;

namespace {

constexpr int maxDepth = 100;

} // namespace

void failExpression(const std::string& message, std::string_view text, std::size_t at) {
    std::string shown;
    for (const char c : text)
        shown += static_cast<unsigned char>(c) < ' ' ? ' ' : c; // line breaks would misplace the caret
    const std::string_view before = text.substr(0, std::min(at, text.size()));
    const auto characters = std::count_if(before.begin(), before.end(), startsCharacter);
    throw Error(message + "\n  " + shown + "\n  " + std::string(static_cast<std::size_t>(characters), ' ') +
                "^");
}

/// Counts nesting, so that "((((..." ends in an error and not in an overflow of the stack.
struct ExpressionParser::DepthGuard {
    explicit DepthGuard(ExpressionParser& owner) : parser(owner) {
        if (++parser.depth_ > maxDepth)
            failExpression("expression is nested too deeply", firstBytes(parser.text_, 80), 0);
    }
    ~DepthGuard() { --parser.depth_; }
    DepthGuard(const DepthGuard&) = delete;
    DepthGuard& operator=(const DepthGuard&) = delete;
    ExpressionParser& parser;
};

int ExpressionParser::parse() {
    if (text_.size() > maxLength)
        failExpression("expression is longer than " + std::to_string(maxLength) + " characters",
                       firstBytes(text_, 80), 0);
    if (trimmed(text_).empty())
        throw Error("expression is empty: write a column name or a formula such as log10(FLUX_R) > 1");
    const int root = parseOr();
    skipSpace();
    if (at_ < text_.size()) {
        if (text_[at_] == '=')
            failExpression("unexpected '=': write == to compare", text_, at_);
        failExpression("unexpected '" + characterAt(text_, at_) + "': expected an operator or the end" +
                           backquoteHint(text_, at_),
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

/// "GALAXY" == class
int ExpressionParser::parseTextFirst() {
    std::string literal = quoted(text_[at_]);
    skipSpace();
    const std::size_t at = at_;
    Operation operation{};
    if (!comparisonAhead(operation))
        failExpression(
            "quoted text can only be compared with a column by == or !=; write odd column names in "
            "`backquotes`",
            text_, at);
    return compareText(operation, at, parseBitOr(), std::move(literal));
}

int ExpressionParser::parseComparison() {
    if (textAhead())
        return parseTextFirst();
    int left = parseBitOr();
    int chain = -1;
    for (;;) {
        skipSpace();
        const std::size_t at = at_;
        Operation operation{};
        if (!comparisonAhead(operation))
            return chain < 0 ? left : chain;
        const int right = textAhead() ? -1 : parseBitOr();
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
    return compareText(operation, at, left, quoted(text_[at_]));
}

int ExpressionParser::compareText(Operation operation, std::size_t at, int side, std::string literal) {
    const Expression::Node column = nodes_[static_cast<std::size_t>(side)];
    if (column.operation != Operation::Column ||
        (operation != Operation::Equal && operation != Operation::Differs))
        failExpression("quoted text can only be compared with a column name, by == or !=", text_, at);
    Expression::Node node;
    node.operation = operation == Operation::Equal ? Operation::TextEquals : Operation::TextDiffers;
    node.at = column.at;
    node.name = column.name;
    node.literal = std::move(literal);
    return add(std::move(node));
}

int ExpressionParser::parseBitOr() {
    int left = parseBitAnd();
    for (;;) {
        skipSpace();
        const std::size_t at = at_;
        if (text_.substr(at_, 2) == "||" || !take("|"))
            return left;
        left = binary(Operation::BitOr, at, left, parseBitAnd());
    }
}

int ExpressionParser::parseBitAnd() {
    int left = parseShift();
    for (;;) {
        skipSpace();
        const std::size_t at = at_;
        if (text_.substr(at_, 2) == "&&" || !take("&"))
            return left;
        left = binary(Operation::BitAnd, at, left, parseShift());
    }
}

int ExpressionParser::parseShift() {
    int left = parseSum();
    for (;;) {
        skipSpace();
        const std::size_t at = at_;
        if (take("<<"))
            left = binary(Operation::ShiftLeft, at, left, parseSum());
        else if (take(">>"))
            left = binary(Operation::ShiftRight, at, left, parseSum());
        else
            return left;
    }
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
    if (take("~"))
        return binary(Operation::BitNot, at, parseSign(), -1);
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
