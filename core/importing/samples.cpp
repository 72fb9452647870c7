#include "core/importing/samples.h"

#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/catalogue/expression.h"

#include <algorithm>
#include <limits>

namespace penumbra::workflow {

namespace {

constexpr const char* mcmcName = "PROVABGS_MCMC";
constexpr const char* zErrorName = "ZERR";
constexpr std::size_t parameters = 13;
constexpr const char* massNames[] = {"LOG_MSTAR", "PROVABGS_LOGMSTAR", "PROVABGS_LOGMSTAR_BF"};
constexpr const char* redshiftNames[] = {"Z", "Z_HP"};

/// The column that a target is, without its struct: "Z" of "spectrum.Z"; empty if it is a computed one.
std::string plainColumn(const TargetRule& target) {
    try {
        const Expression expression(target.from);
        if (!expression.isPlainColumn())
            return {};
        const std::string name = expression.columnNames().front();
        return name.substr(name.rfind('.') + 1);
    } catch (const Error&) {
        return {};
    }
}

bool isOneOf(const std::string& name, std::span<const char* const> names) {
    return std::any_of(names.begin(), names.end(), [&](const char* other) { return name == other; });
}

bool endsInName(const std::string& column, std::string_view name) {
    return column == name || column.ends_with("." + std::string(name));
}

const io::Column* findByEnd(const io::Table& table, std::string_view name) {
    for (const io::Column& column : table.columns)
        if (endsInName(column.name, name))
            return &column;
    return nullptr;
}

Samples massSamples(const TargetRule& target, const Samples& all) {
    const std::size_t draws = all.shape[0], rows = all.values.size() / (draws * parameters);
    Samples mass;
    mass.dataset = "/target_samples/" + target.name;
    mass.shape = {draws};
    mass.source = "PROVABGS_MCMC, parameter 0 (log stellar mass)";
    mass.values.resize(rows * draws);
    for (std::size_t i = 0; i < mass.values.size(); ++i)
        mass.values[i] = all.values[i * parameters];
    return mass;
}

Samples redshiftSamples(const TargetRule& target, const std::vector<double>& z,
                        const std::vector<double>& errors, std::size_t draws) {
    Samples redshift;
    redshift.dataset = "/target_samples/" + target.name;
    redshift.shape = {draws};
    redshift.source = "Gaussian quantiles of width ZERR";
    std::vector<double> quantiles;
    for (std::size_t k = 0; k < draws; ++k)
        quantiles.push_back(normalQuantile((static_cast<double>(k) + 0.5) / static_cast<double>(draws)));
    redshift.values.reserve(z.size() * draws);
    for (std::size_t row = 0; row < z.size(); ++row)
        for (const double q : quantiles)
            redshift.values.push_back(errors[row] > 0.0 ? static_cast<float>(z[row] + q * errors[row])
                                                        : std::numeric_limits<float>::quiet_NaN());
    return redshift;
}

Samples rawSamples(const io::Column& column) {
    Samples raw;
    raw.dataset = "/samples/provabgs";
    raw.shape = {column.width / parameters, parameters};
    raw.source = mcmcName;
    raw.values.reserve(column.rows() * column.width);
    for (std::size_t row = 0; row < column.rows(); ++row)
        for (std::size_t k = 0; k < column.width; ++k)
            raw.values.push_back(static_cast<float>(column.asReal(row, k)));
    return raw;
}

} // namespace

std::vector<std::string> sampleColumns(const ImportMapping& mapping, const std::vector<std::string>& there) {
    std::vector<std::string> names;
    const auto take = [&](std::string_view name) {
        for (const std::string& column : there)
            if (endsInName(column, name))
                names.push_back(column);
    };
    take(mcmcName);
    if (names.empty())
        return names;
    if (std::any_of(mapping.targets.begin(), mapping.targets.end(),
                    [](const TargetRule& target) { return isOneOf(plainColumn(target), redshiftNames); }))
        take(zErrorName);
    return names;
}

std::vector<Samples> provabgsSamples(const ImportMapping& mapping, const io::Table& table,
                                     std::vector<std::string>& notes) {
    std::vector<Samples> found;
    const io::Column* column = mapping.keepSamples ? findByEnd(table, mcmcName) : nullptr;
    if (column == nullptr)
        return found;
    if (!column->isNumeric() || column->width % parameters != 0 || column->width < 2 * parameters) {
        notes.push_back(column->name + " is left out: it holds " + std::to_string(column->width) +
                        " numbers a galaxy, and PROVABGS has samples of " + std::to_string(parameters) +
                        " parameters each");
        return found;
    }
    found.push_back(rawSamples(*column));
    const std::size_t draws = found.front().shape[0];
    const io::Column* errors = findByEnd(table, zErrorName);
    for (const TargetRule& target : mapping.targets) {
        const std::string name = plainColumn(target);
        if (isOneOf(name, massNames))
            found.push_back(massSamples(target, found.front()));
        else if (isOneOf(name, redshiftNames) && errors != nullptr && errors->isNumeric() &&
                 errors->width == 1)
            found.push_back(
                redshiftSamples(target, Expression(target.from).evaluate(table), errors->asReals(), draws));
    }
    std::vector<std::string> names;
    for (const Samples& samples : found)
        names.push_back(samples.dataset);
    notes.push_back("posterior samples kept, " + std::to_string(draws) +
                    " a galaxy: " + joinText(names, ", "));
    return found;
}

} // namespace penumbra::workflow
