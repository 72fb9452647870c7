#include "core/eval/galaxy_expression.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/expression.h"
#include "core/catalogue/expression_parser.h"
#include "core/eval/bootstrap.h"
#include "core/eval/strata.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace penumbra {

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// What a method says of the i-th test galaxy, whose truth is known or NaN.
using OfMethod = double (*)(const Prediction& prediction, std::size_t i, double truth);

struct MethodWord {
    const char* name;
    OfMethod value;
    bool outcome = false;
};

double at(const std::vector<double>& values, std::size_t i) {
    return i < values.size() ? values[i] : missing;
}

constexpr std::array methodWords = {
    MethodWord{"covered",
               [](const Prediction& p, std::size_t i, double truth) {
                   return std::isnan(truth) ? missing : covers(p, i, truth) ? 1.0 : 0.0;
               },
               true},
    MethodWord{"missed",
               [](const Prediction& p, std::size_t i, double truth) {
                   return std::isnan(truth) ? missing : covers(p, i, truth) ? 0.0 : 1.0;
               },
               true},
    MethodWord{"prediction", [](const Prediction& p, std::size_t i, double) { return at(p.mean, i); }},
    MethodWord{"lower", [](const Prediction& p, std::size_t i, double) { return p.lower[i]; }},
    MethodWord{"upper", [](const Prediction& p, std::size_t i, double) { return p.upper[i]; }},
    MethodWord{"width", [](const Prediction& p, std::size_t i, double) { return intervalWidth(p, i); }},
    MethodWord{"spread", [](const Prediction& p, std::size_t i, double) { return at(p.spread, i); }},
    MethodWord{"effective", [](const Prediction& p, std::size_t i, double) { return at(p.effective, i); }},
};

const MethodWord* methodWord(std::string_view name) {
    for (const MethodWord& word : methodWords)
        if (name == word.name)
            return &word;
    return nullptr;
}

/// 1 for galaxies of a stratum, among all labelled ones or, of a method, those with a finite interval.
struct StratumWord {
    const char* name;
    Stratum stratum;
};
constexpr std::array stratumWords = {StratumWord{"tail", Stratum::Tail},
                                     StratumWord{"worst_tenth", Stratum::WorstTenth}};

const StratumWord* stratumWord(std::string_view name) {
    for (const StratumWord& word : stratumWords)
        if (name == word.name)
            return &word;
    return nullptr;
}

constexpr std::string_view labelled = "labelled";
constexpr std::string_view absoluteError = "|error|";
constexpr std::string_view outcomeWords[] = {"truth", "error", absoluteError};

bool isOutcomeWord(std::string_view name) {
    return std::find(std::begin(outcomeWords), std::end(outcomeWords), name) != std::end(outcomeWords);
}

/// Past the bracket that closes the one before `at`; methods may have brackets in their names.
std::size_t pastBracket(std::string_view text, std::size_t at) {
    for (int open = 1; at < text.size(); ++at) {
        open += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
        if (open == 0)
            return at + 1;
    }
    return std::string_view::npos;
}

std::string_view unquoted(std::string_view text) {
    text = trimmed(text);
    if (text.size() >= 2 && text.front() == text.back() &&
        std::string_view("'\"`").find(text.front()) != std::string_view::npos)
        return text.substr(1, text.size() - 2);
    return text;
}

/// Puts words of a study into backquotes, so that they are names of columns: covered(CQR) -> `covered(CQR)`.
std::string withQuotedWords(std::string_view text) {
    std::string written;
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (c == '\'' || c == '"' || c == '`') {
            const std::size_t end = std::min(text.find(c, i + 1), text.size() - 1);
            written += text.substr(i, end - i + 1);
            i = end + 1;
        } else if (text.substr(i).starts_with(absoluteError)) {
            written.append("`").append(absoluteError).append("`");
            i += absoluteError.size();
        } else if (!expression::continuesName(c)) {
            written += text[i++];
        } else {
            std::size_t end = i;
            while (end < text.size() && expression::continuesName(text[end]))
                ++end;
            const std::string_view name = text.substr(i, end - i);
            std::size_t bracket = end;
            while (bracket < text.size() && text[bracket] == ' ')
                ++bracket;
            const bool isWord =
                methodWord(name) != nullptr || stratumWord(name) != nullptr || name == "subset";
            if (!isWord || bracket == text.size() || text[bracket] != '(') {
                written += name;
                i = end;
                continue;
            }
            const std::size_t past = pastBracket(text, bracket + 1);
            if (past == std::string_view::npos)
                failExpression("this ( is never closed", text, bracket);
            const auto inside = unquoted(text.substr(bracket + 1, past - bracket - 2));
            written.append("`").append(name).append("(").append(inside).append(")`");
            i = past;
        }
    }
    return written;
}

struct Word {
    std::string name, inside;
};

Word wordOf(const std::string& column) {
    const std::size_t bracket = column.find('(');
    if (bracket == std::string::npos || column.back() != ')')
        return {column, ""};
    return {column.substr(0, bracket), column.substr(bracket + 1, column.size() - bracket - 2)};
}

const Prediction& predictionOf(const GalaxyExpression::Sky& sky, const Word& word) {
    if (sky.target == nullptr || sky.target->predictions.empty())
        throw Error("'" + word.name + "' asks for a study with predictions, and none is open.");
    const std::string& id = word.inside.empty() ? sky.method : word.inside;
    if (id.empty())
        return sky.target->predictions.front();
    const Prediction* found = sky.target->prediction(id);
    if (found != nullptr)
        return *found;
    std::vector<std::string> names;
    for (const Prediction& prediction : sky.target->predictions)
        names.push_back(prediction.method);
    throw Error("'" + word.name + "(" + id + ")': target " + sky.target->name + " has no method '" + id +
                "'; it has " + joinText(names, ", ") + ".");
}

std::size_t rowsOf(const GalaxyExpression::Sky& sky) {
    if (sky.rows > 0)
        return sky.rows;
    if (sky.columns != nullptr && sky.columns->rows() > 0)
        return sky.columns->rows();
    std::int64_t last = -1;
    if (sky.target != nullptr)
        for (const std::int64_t row : sky.target->heldOut.rows)
            last = std::max(last, row);
    return static_cast<std::size_t>(last + 1);
}

/// Values of test galaxies at their places in the catalogue.
template <typename Value>
std::vector<double> spreadOut(const GalaxyExpression::Sky& sky, Value valueOf) {
    std::vector<double> values(rowsOf(sky), missing);
    const std::vector<std::int64_t> rows = sky.target->testRows();
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows[i] >= 0 && static_cast<std::size_t>(rows[i]) < values.size())
            values[static_cast<std::size_t>(rows[i])] = valueOf(i);
    return values;
}

void wantTarget(const GalaxyExpression::Sky& sky, const std::string& name) {
    if (sky.target == nullptr)
        throw Error("'" + name + "' asks for a study, and none is open.");
}

std::vector<double> ofTarget(const GalaxyExpression::Sky& sky, const std::string& name) {
    wantTarget(sky, name);
    const std::vector<double> truth = sky.target->testTruth();
    if (name == "truth")
        return spreadOut(sky, [&](std::size_t i) { return truth[i]; });
    if (name == labelled)
        return spreadOut(sky, [&](std::size_t i) { return std::isfinite(truth[i]) ? 1.0 : 0.0; });
    const std::vector<double> base = sky.target->basePrediction();
    if (base.empty())
        throw Error("'" + name + "': target " + sky.target->name +
                    " has no prediction of a base head; write prediction(METHOD).");
    if (name == "prediction")
        return spreadOut(sky, [&](std::size_t i) { return base[i]; });
    const bool size = name == absoluteError;
    return spreadOut(sky, [&](std::size_t i) {
        const double error = truth[i] - base[i];
        return size ? std::abs(error) : error;
    });
}

std::vector<double> ofMethod(const GalaxyExpression::Sky& sky, const Word& word) {
    const Prediction& prediction = predictionOf(sky, word);
    const std::vector<double> truth = sky.target->testTruth();
    const OfMethod value = methodWord(word.name)->value;
    return spreadOut(sky, [&](std::size_t i) { return value(prediction, i, truth[i]); });
}

std::vector<double> ofStratum(const GalaxyExpression::Sky& sky, const Word& word) {
    const Stratum stratum = stratumWord(word.name)->stratum;
    wantTarget(sky, word.name);
    const Prediction* method = word.inside.empty() ? nullptr : &predictionOf(sky, word);
    const std::vector<double> truth = sky.target->testTruth();
    std::vector<double> error = stratum == Stratum::WorstTenth ? sky.target->basePrediction() : truth;
    if (error.size() != truth.size())
        throw Error("'" + word.name + "': target " + sky.target->name +
                    " has no prediction of a base head to rank errors by.");
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        error[i] = std::abs(truth[i] - error[i]);
        if (!std::isnan(truth[i]) && (method == nullptr || hasFiniteInterval(*method, i)))
            rows.push_back(i);
    }
    std::vector<double> inside(truth.size(), 0.0);
    for (const std::size_t row : stratumRows(stratum, std::move(rows), truth, error))
        inside[row] = 1.0;
    return spreadOut(sky, [&](std::size_t i) { return inside[i]; });
}

NamedRows subsetOf(const GalaxyExpression::Sky& sky, const std::string& name) {
    const auto found = sky.subset ? sky.subset(name) : std::nullopt;
    if (!found)
        throw Error("There is no subset '" + name + "'.");
    return *found;
}

/// As the catalogue's columns have it read: names with signs are told from formulas.
Expression expressionOf(const std::string& written, const GalaxyExpression::Sky& sky) {
    return sky.columns == nullptr ? Expression(written) : Expression(written, *sky.columns);
}

io::Column namedColumn(const std::string& name, std::vector<double> values) {
    io::Column column;
    column.name = name;
    column.values = std::move(values);
    return column;
}

io::Column firstRow(const io::Column& from) {
    io::Column first = namedColumn(from.name, {});
    first.width = from.width;
    std::visit(
        [&](const auto& all) {
            const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(from.width, all.size()));
            first.values = std::decay_t<decltype(all)>(all.begin(), end);
        },
        from.values);
    return first;
}

} // namespace

GalaxyExpression::GalaxyExpression(std::string text)
    : text_(std::move(text)), written_(withQuotedWords(text_)) {
    Expression parsed(written_); // its faults are told here
}

io::Table GalaxyExpression::tableOf(const Sky& sky) const {
    io::Table table;
    // A formula without columns has as many values as there are rows; no formula can name this one.
    table.columns.push_back(namedColumn("", std::vector<double>(rowsOf(sky), 0.0)));
    const Expression expression = expressionOf(written_, sky);
    for (const std::string& name : expression.columnNames()) {
        const Word word = wordOf(name);
        if (isOutcomeWord(name) || name == "prediction" || name == labelled) {
            table.columns.push_back(namedColumn(name, ofTarget(sky, name)));
        } else if (stratumWord(word.name) != nullptr) {
            table.columns.push_back(namedColumn(name, ofStratum(sky, word)));
        } else if (methodWord(word.name) != nullptr) {
            table.columns.push_back(namedColumn(name, ofMethod(sky, word)));
        } else if (word.name == "subset" && !word.inside.empty()) {
            const NamedRows rows = subsetOf(sky, word.inside);
            std::vector<double> values(rowsOf(sky), 0.0);
            for (const std::int64_t row : rows.rows.rows())
                values[static_cast<std::size_t>(row)] = 1.0;
            table.columns.push_back(namedColumn(name, std::move(values)));
        } else {
            if (sky.columns == nullptr)
                throw Error("'" + name + "' would be a column of the catalogue, and none is open.");
            io::selectColumn(*sky.columns, name); // throws with near names
            const io::Column& column = sky.columns->at(name.substr(0, name.find('[')));
            if (std::none_of(table.columns.begin(), table.columns.end(),
                             [&](const io::Column& present) { return present.name == column.name; }))
                table.columns.push_back(column);
        }
    }
    return table;
}

/// On a table of one row that has the same names and types.
void GalaxyExpression::check(const Sky& sky) const {
    io::Table table;
    table.columns.push_back(namedColumn("", {0.0}));
    const Expression expression = expressionOf(written_, sky);
    for (const std::string& name : expression.columnNames()) {
        const Word word = wordOf(name);
        const bool ofTruth = isOutcomeWord(name) || name == "prediction" || name == labelled;
        if (ofTruth || stratumWord(word.name) != nullptr) {
            wantTarget(sky, ofTruth ? name : word.name);
            if (!ofTruth && !word.inside.empty())
                predictionOf(sky, word);
        } else if (methodWord(word.name) != nullptr) {
            predictionOf(sky, word);
        } else if (word.name == "subset" && !word.inside.empty()) {
            subsetOf(sky, word.inside);
        } else {
            if (sky.columns == nullptr)
                throw Error("'" + name + "' would be a column of the catalogue, and none is open.");
            const io::Column* plain = sky.columns->find(name); // it wins, even where it ends in "]"
            const io::Column& column =
                plain != nullptr ? *plain : sky.columns->at(name.substr(0, name.find('[')));
            if (table.find(column.name) == nullptr)
                table.columns.push_back(firstRow(column));
            continue;
        }
        table.columns.push_back(namedColumn(name, {0.0}));
    }
    expression.evaluate(table);
}

std::vector<double> GalaxyExpression::evaluate(const Sky& sky) const {
    return expressionOf(written_, sky).evaluate(tableOf(sky));
}

RowMask GalaxyExpression::rows(const Sky& sky) const {
    const std::vector<std::uint8_t> truth = expressionOf(written_, sky).isTrue(tableOf(sky));
    std::vector<std::int64_t> chosen;
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (truth[i] != 0)
            chosen.push_back(static_cast<std::int64_t>(i));
    return RowMask::of(truth.size(), chosen);
}

bool GalaxyExpression::usesOutcome(const Sky& sky) const {
    const std::vector<std::string> all = expressionOf(written_, sky).columnNames();
    return std::any_of(all.begin(), all.end(), [&](const std::string& name) {
        const Word word = wordOf(name);
        if (word.name == "subset" && !word.inside.empty())
            return subsetOf(sky, word.inside).byOutcome;
        const MethodWord* method = methodWord(word.name);
        return isOutcomeWord(name) || stratumWord(word.name) != nullptr ||
               (method != nullptr && method->outcome) || (sky.target != nullptr && name == sky.target->name);
    });
}

bool isGalaxyWord(const std::string& name) {
    const Word word = wordOf(name);
    return isOutcomeWord(name) || name == "prediction" || name == labelled ||
           methodWord(word.name) != nullptr || stratumWord(word.name) != nullptr ||
           (word.name == "subset" && !word.inside.empty());
}

std::vector<std::string> galaxyWords(const TargetStudy& target) {
    std::vector<std::string> words;
    for (const std::string_view word : outcomeWords)
        words.emplace_back(word);
    for (const StratumWord& word : stratumWords)
        words.emplace_back(word.name);
    words.emplace_back(labelled);
    words.emplace_back("prediction");
    for (const MethodWord& word : methodWords)
        for (const Prediction& prediction : target.predictions) {
            const bool known = std::string_view(word.name) == "spread"      ? !prediction.spread.empty()
                               : std::string_view(word.name) == "effective" ? !prediction.effective.empty()
                                                                            : true;
            if (known)
                words.push_back(std::string(word.name).append("(").append(prediction.method).append(")"));
        }
    return words;
}

} // namespace penumbra
