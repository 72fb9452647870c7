#include "core/workflow/import_features.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/expression.h"
#include "core/catalogue/feature_words.h"
#include "core/catalogue/photometry.h"
#include "core/workflow/import_tables.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::workflow {

namespace {

struct NamedColumn {
    std::string name;
    std::vector<double> values;
};

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
                columns_.push_back({bandName(k), bands[k].values});
        if (rule_.useColours)
            for (std::size_t k = 0; k + 1 < count; ++k)
                columns_.push_back(
                    {bandName(k) + "-" + bandName(k + 1), colour(bands[k], bands[k + 1]).values});
        if (rule_.useErrors)
            for (std::size_t k = 0; k < count; ++k)
                columns_.push_back({"error(" + bandName(k) + ")", bands[k].errors});
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
            columns_.push_back({labelOf(text), evaluate(text)});
            return;
        }
        for (std::size_t k = 0; k < column->width; ++k) {
            std::vector<double> values(column->rows());
            for (std::size_t row = 0; row < values.size(); ++row)
                values[row] = column->asReal(row, k);
            columns_.push_back({column->name + "[" + std::to_string(k) + "]", std::move(values)});
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
            NamedColumn flag{"missing(" + column.name + ")", std::vector<double>(column.values.size(), 0.0)};
            for (std::size_t row = 0; row < column.values.size(); ++row)
                if (std::isnan(column.values[row])) {
                    column.values[row] = *middle;
                    flag.values[row] = 1.0;
                }
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
        const std::size_t width = columns_.size();
        if (width == 0)
            throw Error(featureWords(rule_.name) +
                        ": nothing is left to use: values, colours, errors_as_features "
                        "and columns are all off");
        built.values.resize(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(width));
        std::vector<std::string> names;
        std::vector<std::uint8_t> bad(rows, 0);
        for (std::size_t k = 0; k < width; ++k) {
            names.push_back(columns_[k].name);
            for (std::size_t row = 0; row < rows; ++row) {
                const double value = columns_[k].values[row];
                built.values(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(k)) =
                    static_cast<float>(value);
                bad[row] |= static_cast<std::uint8_t>(std::isnan(value));
            }
        }
        built.quarantined = static_cast<std::size_t>(std::count(bad.begin(), bad.end(), 1));
        if (built.quarantined == rows)
            throw Error(featureWords(rule_.name) + ": no row has all " + std::to_string(width) +
                        " features; emptiest: " + emptiestColumn() +
                        ". Leave it out, or set missing = \"median\"");
        built.info = {rule_.name, width, {{"columns", joinText(names, ",")}, {"source", "penumbra import"}}};
        if (!softening_.empty())
            built.info.attributes["asinh_softening"] = joinText(softening_, ",");
        built.notes = std::move(notes_);
        return built;
    }

    std::string emptiestColumn() const {
        std::string name;
        std::ptrdiff_t most = -1;
        for (const auto& column : columns_) {
            const auto count = std::count_if(column.values.begin(), column.values.end(),
                                             [](double x) { return std::isnan(x); });
            if (count > most) {
                most = count;
                name = column.name;
            }
        }
        return name + " (" + countText(static_cast<std::size_t>(most)) + " rows missing)";
    }

    const FeatureRule& rule_;
    const io::Table& table_;
    std::vector<NamedColumn> columns_;
    std::vector<std::string> softening_;
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
