#include "core/importing/features.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/catalogue/expression.h"
#include "core/catalogue/feature_words.h"
#include "core/catalogue/photometry.h"
#include "core/importing/tables.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace penumbra::workflow {

namespace {

/// One feature; or all elements of a vector column, which stay where they are.
struct NamedColumn {
    std::string name;
    std::vector<double> values;
    const io::Column* vector = nullptr;
    std::size_t width() const { return vector != nullptr ? vector->width : 1; }
    std::string nameOf(std::size_t k) const {
        return vector != nullptr ? name + "[" + std::to_string(k) + "]" : name;
    }
};

/// As a feature is stored; NaN where it is missing or infinite.
float featureOf(double value) {
    const auto feature = static_cast<float>(value);
    return std::isfinite(feature) ? feature : std::numeric_limits<float>::quiet_NaN();
}

std::string countText(std::size_t n) {
    return withThousands(static_cast<long long>(n));
}

class FeatureBuilder {
public:
    FeatureBuilder(const FeatureRule& rule, const io::Table& table) : rule_(rule), table_(table) {}

    BuiltFeatures build() {
        addPhotometry();
        for (const auto& expression : rule_.columns)
            addFurther(expression);
        blankInfinite();
        if (rule_.imputeMedian)
            imputeMedians();
        return assemble();
    }

private:
    std::vector<double> evaluate(const std::string& expression) const {
        return evaluateFor(featureWords(rule_.name), expression, table_);
    }

    BandValues readBand(std::size_t k) {
        BandValues band;
        const bool flux = !rule_.fluxes.empty();
        band.values = evaluate(flux ? rule_.fluxes[k] : rule_.magnitudes[k]);
        if (!rule_.ivars.empty())
            band.errors = errorsFromInverseVariance(evaluate(rule_.ivars[k]));
        else if (!rule_.errors.empty())
            band.errors = evaluate(rule_.errors[k]);
        blankUnobserved(band, k);
        if (rule_.extinctions.empty())
            return band;
        const auto extinction = evaluate(rule_.extinctions[k]);
        if (flux)
            correctFluxForExtinction(band, extinction);
        else
            correctMagnitudeForExtinction(band, extinction);
        return band;
    }

    /// A galaxy without an error was not observed in this band, which is not the same as faint: neither the
    /// 0 that stands for its flux nor any transform of it is a value.
    void blankUnobserved(BandValues& band, std::size_t k) {
        std::size_t blanked = 0;
        for (std::size_t row = 0; row < band.errors.size(); ++row) {
            double& error = band.errors[row];
            if (error > 0.0 && std::isfinite(error))
                continue;
            blanked += std::isnan(band.values[row]) ? 0 : 1;
            error = band.values[row] = std::numeric_limits<double>::quiet_NaN();
        }
        if (blanked > 0)
            notes_.push_back(featureWords(rule_.name) + ": " + bandName(k) + " was not observed in " +
                             countText(blanked) + (blanked == 1 ? " row" : " rows") + " (" +
                             (rule_.ivars.empty() ? "error 0, negative or not finite"
                                                  : "inverse variance 0, negative or not finite") +
                             "); its value is missing there");
    }

    BandValues transformed(BandValues band, std::size_t k) {
        if (rule_.fluxes.empty() || rule_.transform == FeatureRule::Transform::Raw)
            return band;
        if (rule_.transform == FeatureRule::Transform::Magnitude)
            return pogsonMagnitudes(band, rule_.zeroPoint);
        try {
            const double softening =
                rule_.softening.empty() ? defaultSoftening(band.errors) : rule_.softening[k];
            softening_.push_back(shortestReal(softening));
            return asinhMagnitudes(band, softening, rule_.zeroPoint);
        } catch (const Error& error) {
            throw Error(featureWords(rule_.name) + ", band " + bandName(k) + ": " + error.what());
        }
    }

    std::string bandName(std::size_t k) const {
        return rule_.bands.empty() ? (rule_.fluxes.empty() ? rule_.magnitudes : rule_.fluxes)[k]
                                   : rule_.bands[k];
    }

    void addPhotometry() {
        const std::size_t count = std::max(rule_.fluxes.size(), rule_.magnitudes.size());
        std::vector<BandValues> bands;
        for (std::size_t k = 0; k < count; ++k)
            bands.push_back(transformed(readBand(k), k));
        if (rule_.useBands)
            for (std::size_t k = 0; k < count; ++k)
                columns_.push_back({bandName(k), bands[k].values, nullptr});
        if (rule_.useColours)
            for (std::size_t k = 0; k + 1 < count; ++k)
                columns_.push_back(
                    {bandName(k) + "-" + bandName(k + 1), colour(bands[k], bands[k + 1]).values, nullptr});
        if (rule_.useErrors)
            for (std::size_t k = 0; k < count; ++k)
                columns_.push_back({"error(" + bandName(k) + ")", bands[k].errors, nullptr});
    }

    /// "mag_*": every column that matches. False for what is an expression of columns there are (g*2), or
    /// matches nothing.
    bool addMatching(const std::string& pattern) {
        if (pattern.find_first_of("*?") == std::string::npos || isExpression(pattern))
            return false;
        std::vector<std::string> names;
        for (const auto& column : table_.columns)
            if (matchesPattern(pattern, column.name))
                names.push_back(column.name);
        for (const std::string& name : names)
            addFurther(name);
        return !names.empty();
    }

    bool isExpression(const std::string& text) const {
        try {
            const auto names = Expression(text).columnNames();
            return std::all_of(names.begin(), names.end(), [this](const std::string& name) {
                return table_.find(name.substr(0, name.find('['))) != nullptr;
            });
        } catch (const Error&) {
            return false; // "mag_*" lacks a factor
        }
    }

    /// An expression, a column by its bare name however odd, or a whole vector column: a ready-made
    /// embedding.
    void addFurther(const std::string& expression) {
        const io::Column* column = table_.find(expression);
        if (!column && addMatching(expression))
            return;
        if (!column || column->width == 1 || !column->isNumeric()) {
            const std::string text = column ? "`" + expression + "`" : expression;
            columns_.push_back({labelOf(text), evaluate(text), nullptr});
            return;
        }
        columns_.push_back({column->name, {}, column});
        if (rule_.imputeMedian)
            takeApart();
    }

    /// The last vector becomes as many features of their own, to be filled one by one.
    void takeApart() {
        const NamedColumn whole = std::move(columns_.back());
        columns_.pop_back();
        for (std::size_t k = 0; k < whole.width(); ++k) {
            std::vector<double> values(whole.vector->rows());
            for (std::size_t row = 0; row < values.size(); ++row)
                values[row] = whole.vector->asReal(row, k);
            columns_.push_back({whole.nameOf(k), std::move(values), nullptr});
        }
    }

    std::string labelOf(const std::string& text) const {
        try {
            const Expression expression(text, table_);
            return expression.isPlainColumn() ? expression.columnNames().front() : text;
        } catch (const Error& error) {
            throw Error(featureWords(rule_.name) + ": " + error.what());
        }
    }

    void blankInfinite() {
        for (auto& column : columns_)
            for (double& value : column.values)
                if (!std::isfinite(static_cast<float>(value))) // stored as float32
                    value = std::numeric_limits<double>::quiet_NaN();
    }

    void imputeMedians() {
        std::vector<NamedColumn> flags;
        for (auto& column : columns_) {
            std::vector<double> present;
            std::copy_if(column.values.begin(), column.values.end(), std::back_inserter(present),
                         [](double x) { return !std::isnan(x); });
            if (present.size() == column.values.size())
                continue;
            if (present.empty())
                throw Error(featureWords(rule_.name) + ": " + column.name +
                            " is missing in every row; there is no median to fill in");
            const auto middle = present.begin() + static_cast<std::ptrdiff_t>(present.size() / 2);
            std::nth_element(present.begin(), middle, present.end());
            NamedColumn flag{"missing(" + column.name + ")", std::vector<double>(column.values.size(), 0.0),
                             nullptr};
            for (std::size_t row = 0; row < column.values.size(); ++row)
                if (std::isnan(column.values[row])) {
                    column.values[row] = *middle;
                    flag.values[row] = 1.0;
                }
            medians_[column.name] = *middle;
            notes_.push_back(featureWords(rule_.name) + ": " + column.name + " filled with its median " +
                             formatReal(*middle, 6) + " in " +
                             countText(column.values.size() - present.size()) + " rows, with a flag column");
            flags.push_back(std::move(flag));
        }
        columns_.insert(columns_.end(), flags.begin(), flags.end());
    }

    BuiltFeatures assemble() {
        BuiltFeatures built;
        const std::size_t rows = table_.rows();
        std::vector<std::string> names;
        for (const NamedColumn& column : columns_)
            for (std::size_t k = 0; k < column.width(); ++k)
                names.push_back(column.nameOf(k));
        const std::size_t width = names.size();
        if (width == 0)
            throw Error(featureWords(rule_.name) +
                        ": nothing is left to use: values, colours, errors_as_features "
                        "and columns are all off");
        built.values.resize(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(width));
        std::size_t first = 0;
        for (const NamedColumn& column : columns_) {
            if (column.vector != nullptr)
                fillVector(*column.vector, first, built.values);
            else
                for (std::size_t row = 0; row < rows; ++row)
                    built.values.data()[row * width + first] = featureOf(column.values[row]);
            first += column.width();
        }
        for (std::size_t row = 0; row < rows; ++row) {
            const float* values = built.values.data() + row * width;
            built.quarantined += std::any_of(values, values + width, [](float x) { return std::isnan(x); });
        }
        if (built.quarantined == rows)
            throw Error(featureWords(rule_.name) + ": no row has all " + std::to_string(width) +
                        " features; emptiest: " + emptiestFeature(built.values, names) +
                        ". Leave it out, or set missing = \"median\"");
        built.info = {rule_.name, width, {{"columns", joinText(names, ",")}, {"source", "penumbra import"}}};
        if (!softening_.empty())
            built.info.attributes["asinh_softening"] = joinText(softening_, ",");
        if (!medians_.empty())
            built.info.attributes["imputed_medians"] = jsonText(medians_);
        built.notes = std::move(notes_);
        return built;
    }

    /// Element by element from the column's own type: a million embeddings are not doubled on the way.
    static void fillVector(const io::Column& column, std::size_t first, MatrixF& to) {
        const auto stride = static_cast<std::size_t>(to.cols());
        std::visit(
            [&](const auto& values) {
                using Value = typename std::decay_t<decltype(values)>::value_type;
                if constexpr (!std::is_same_v<Value, std::string>)
                    for (std::size_t row = 0; row < column.rows(); ++row) {
                        const bool missing = column.isFlagged(row);
                        for (std::size_t k = 0; k < column.width; ++k)
                            to.data()[row * stride + first + k] =
                                missing ? std::numeric_limits<float>::quiet_NaN()
                                        : featureOf(static_cast<double>(values[row * column.width + k]));
                    }
            },
            column.values);
    }

    static std::string emptiestFeature(const MatrixF& values, const std::vector<std::string>& names) {
        std::vector<std::size_t> missing(names.size(), 0);
        for (Eigen::Index row = 0; row < values.rows(); ++row)
            for (std::size_t k = 0; k < names.size(); ++k)
                missing[k] += std::isnan(values(row, static_cast<Eigen::Index>(k)));
        const auto most = std::max_element(missing.begin(), missing.end());
        return names[static_cast<std::size_t>(most - missing.begin())] + " (" + countText(*most) +
               " rows missing)";
    }

    const FeatureRule& rule_;
    const io::Table& table_;
    std::vector<NamedColumn> columns_;
    std::vector<std::string> softening_;
    nlohmann::json medians_ = nlohmann::json::object(); ///< what missing values were filled with
    std::vector<std::string> notes_;
};

} // namespace

std::vector<double> evaluateFor(const std::string& what, const std::string& expression,
                                const io::Table& table) {
    try {
        return Expression(expression, table).evaluate(table);
    } catch (const Error& error) {
        throw Error(what + ": " + error.what());
    }
}

BuiltFeatures buildFeatures(const FeatureRule& rule, const io::Table& table) {
    return FeatureBuilder(rule, table).build();
}

} // namespace penumbra::workflow
