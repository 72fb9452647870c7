// Two files of one survey, say a training and a test file: the same galaxy in both.

#include "core/base/text.h"
#include "core/catalogue/doctor_checks.h"
#include "core/catalogue/doctor_identity.h"
#include "core/catalogue/sky_match.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

namespace penumbra::doctor {

namespace {

constexpr std::size_t fewestColumns = 3; // two rows that agree in fewer need not be one galaxy
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// A header of too few or too many names: which name belongs to which column is not known.
bool hasDoubtfulNames(const io::Table& table) {
    return std::any_of(table.workarounds.begin(), table.workarounds.end(), [](const io::Workaround& w) {
        return w.kind == "short-header" || w.kind == "long-header" || w.kind == "no-header";
    });
}

/// Column by column in the order of the files, where they have equally many, all of them numbers.
SharedKey valuesByOrder(const io::Table& table, const io::Table& other) {
    const auto isNumber = [](const io::Column& column) { return column.isNumeric() && column.width == 1; };
    if (table.columns.size() != other.columns.size() || table.columns.size() < fewestColumns ||
        !std::all_of(table.columns.begin(), table.columns.end(), isNumber) ||
        !std::all_of(other.columns.begin(), other.columns.end(), isNumber))
        return {};
    SharedKey values;
    values.words = "the same values in all " + countText(table.columns.size()) +
                   " columns, in their order, for a header does not fit its columns";
    values.everyCell = false;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        values.own.push_back(&table.columns[i]);
        values.other.push_back(&other.columns[i]);
    }
    return values;
}

/// Positions in degrees; rows without one, or with one that is not on the sphere, hold NaN.
struct Sky {
    std::vector<double> ra, dec;
    bool known() const { return !ra.empty(); }
    bool has(std::size_t row) const { return known() && !std::isnan(ra[row]); }
};

Sky skyOf(const io::Table& table) {
    const PositionColumns columns = positionColumns(table);
    if (columns.ra == nullptr)
        return {};
    Sky sky{columns.ra->asReals(), columns.dec->asReals()};
    for (std::size_t row = 0; row < sky.ra.size(); ++row)
        if (!std::isfinite(sky.ra[row]) || !(std::abs(sky.dec[row]) <= 90.0) || std::abs(sky.ra[row]) > 360.0)
            sky.ra[row] = sky.dec[row] = nan;
    return sky;
}

double medianOf(std::vector<double> values) {
    if (values.empty())
        return 0.0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

std::string angleText(double arcsec) {
    return arcsec >= 3600.0 ? formatReal(arcsec / 3600.0, 3) + " degrees" : formatReal(arcsec, 3) + " arcsec";
}

/// For every row the first row of the other table with the same key; noRow for none.
std::vector<std::size_t> partnersByKey(const SharedKey& key) {
    const std::vector<std::string> own = ownKeys(key), other = otherKeys(key);
    std::unordered_map<std::string, std::size_t> known;
    known.reserve(other.size());
    for (std::size_t row = 0; row < other.size(); ++row)
        if (!other[row].empty())
            known.emplace(other[row], row);
    std::vector<std::size_t> partners(own.size(), io::noRow);
    for (std::size_t row = 0; row < own.size(); ++row)
        if (const auto found = known.find(own[row]); !own[row].empty() && found != known.end())
            partners[row] = found->second;
    return partners;
}

/// Which rows of one table are in another, and what speaks for it.
class Comparison {
public:
    Comparison(const io::Table& table, const io::Table& other, double toleranceArcsec,
               const RunContext& context)
        : table_(table), other_(other), tolerance_(toleranceArcsec) {
        if (hasDoubtfulNames(table) || hasDoubtfulNames(other)) {
            key_ = valuesByOrder(table, other);
            findByKey();
            return;
        }
        key_ = sharedId(table, other);
        own_ = skyOf(table);
        theirs_ = skyOf(other);
        if (own_.known() && theirs_.known())
            findByPosition(context);
        else
            own_ = theirs_ = {};
        if (key_.found())
            findById();
        else if (!own_.known()) {
            key_ = sharedValues(table, other);
            if (key_.own.size() < fewestColumns)
                key_ = {};
            findByKey();
        }
    }

    bool possible() const { return key_.found() || own_.known(); }

    /// "positions within 1 arcsec; OBJID with BRICKID"
    std::string compared() const {
        std::string words;
        if (own_.known())
            words = "positions within " + shortestReal(tolerance_) + " arcsec";
        if (key_.found())
            words +=
                (words.empty() ? "" : "; ") + std::string(key_.everyCell ? "the same " : "") + key_.words;
        return words;
    }

    Finding overlap() const {
        Finding finding;
        finding.kind = "overlap";
        finding.where = "beside " + other_.source;
        finding.count = shared_;
        finding.rows = rows_;
        if (shared_ == 0) {
            finding.what = "no row of this file is in it (compared: " + compared() + ")";
            return finding;
        }
        finding.severity = onlyByNumber_ ? Severity::Warning : Severity::Serious;
        finding.what = counted(shared_, "row of this file is", "rows of this file are") +
                       " in it as well (compared: " + compared() + foundBy() + ")";
        if (onlyByNumber_)
            finding.what += "; the number may start anew in every file, and nothing else could be compared";
        finding.advice =
            "If one of the two trains and the other calibrates or tests, the test has seen them: "
            "drop them from one.";
        return finding;
    }

    /// Ids that agree where all else says that the galaxies are different ones; no rows: none.
    Finding elsewhere() const {
        Finding finding;
        finding.kind = "id-elsewhere";
        finding.where = "beside " + other_.source;
        finding.count = distances_.size() + unlike_;
        if (!distances_.empty())
            finding.what = counted(distances_.size(), "row has", "rows have") + " the same " + key_.words +
                           " as a row of it, but another position (median " +
                           angleText(medianOf(distances_)) + " away): not counted as shared";
        else
            finding.what =
                counted(unlike_, "row has", "rows have") + " the same " + key_.words +
                " as a row of it, but other values in all columns that both have: not counted as shared";
        finding.advice =
            "Such a number starts anew in every brick, field or survey; name a galaxy by it only "
            "together with these.";
        return finding;
    }

private:
    void share(std::size_t row) {
        ++shared_;
        if (rows_.size() < exampleRows)
            rows_.push_back(static_cast<std::int64_t>(row));
    }

    void findByKey() {
        if (!key_.found())
            return;
        const auto partners = partnersByKey(key_);
        for (std::size_t row = 0; row < partners.size(); ++row)
            if (partners[row] != io::noRow)
                share(row);
    }

    void findByPosition(const RunContext& context) {
        near_ = nearestPositions({own_.ra, own_.dec}, {theirs_.ra, theirs_.dec}, tolerance_, context);
        for (std::size_t row = 0; row < near_.size() && !key_.found(); ++row)
            if (near_[row].row != io::noRow)
                share(row);
    }

    bool isNear(std::size_t row) const { return !near_.empty() && near_[row].row != io::noRow; }

    void findById() {
        const auto partners = partnersByKey(key_);
        std::vector<RowPair> byIdOnly;
        for (std::size_t row = 0; row < partners.size(); ++row) {
            const std::size_t partner = partners[row];
            if (isNear(row)) {
                sameId_ += partner != io::noRow ? 1 : 0;
            } else if (partner != io::noRow) {
                if (own_.known() && own_.has(row) && theirs_.has(partner))
                    distances_.push_back(angularSeparationArcsec(own_.ra[row], own_.dec[row],
                                                                 theirs_.ra[partner], theirs_.dec[partner]));
                else
                    byIdOnly.push_back({row, partner});
            }
        }
        const Agreement agreement =
            key_.mayStartAnew ? agreementOf(table_, other_, byIdOnly) : Agreement::Agree;
        if (agreement == Agreement::Differ) {
            unlike_ = byIdOnly.size();
            byIdOnly.clear();
        }
        onlyByNumber_ = agreement == Agreement::Unknown && !byIdOnly.empty();
        std::size_t next = 0;
        for (std::size_t row = 0; row < partners.size(); ++row) {
            const bool byId = next < byIdOnly.size() && byIdOnly[next].own == row;
            next += byId ? 1 : 0;
            if (byId || isNear(row))
                share(row);
            onlyByNumber_ = onlyByNumber_ && !isNear(row);
        }
    }

    std::string foundBy() const {
        if (!own_.known())
            return "";
        std::vector<double> separations;
        for (const Neighbour& neighbour : near_)
            if (neighbour.row != io::noRow)
                separations.push_back(neighbour.separationArcsec);
        std::string words;
        if (!separations.empty())
            words = "; median separation " + formatReal(medianOf(separations), 2) + " arcsec";
        if (key_.found() && !separations.empty())
            words += "; of these " + countText(sameId_) + " have the same id as well";
        if (shared_ > separations.size())
            words += "; " + countText(shared_ - separations.size()) + " without a position by id";
        return words;
    }

    const io::Table& table_;
    const io::Table& other_;
    double tolerance_;
    SharedKey key_;
    Sky own_, theirs_;
    std::vector<Neighbour> near_;
    std::size_t shared_ = 0, sameId_ = 0, unlike_ = 0;
    bool onlyByNumber_ = false;
    std::vector<double> distances_; ///< of rows with the same id at another position, in arcsec
    std::vector<std::int64_t> rows_;
};

} // namespace

void examineBeside(const io::Table& table, const io::Table& other, double toleranceArcsec, Report& report,
                   const RunContext& context) {
    const Comparison comparison(table, other, toleranceArcsec, context);
    if (comparison.possible()) {
        report.findings.push_back(comparison.overlap());
        if (Finding elsewhere = comparison.elsewhere(); elsewhere.count > 0)
            report.findings.push_back(std::move(elsewhere));
        sortBySeverity(report);
        return;
    }
    Finding finding;
    finding.kind = "overlap";
    finding.where = "beside " + other.source;
    finding.what = "whether the same galaxy is in both cannot be told: " +
                   (hasDoubtfulNames(table) || hasDoubtfulNames(other)
                        ? std::string("the header of one of them does not fit its columns")
                        : "the two files share no id, no position and fewer than " +
                              std::to_string(fewestColumns) + " columns");
    report.findings.push_back(std::move(finding));
}

io::Table scalarsOf(const Catalogue& catalogue) {
    io::Table table;
    table.source = catalogue.path.string();
    table.columns.push_back(catalogue.objectId);
    table.columns.back().name = "object_id";
    const auto add = [&](const std::string& name, const std::vector<double>& values) {
        if (values.empty())
            return;
        io::Column column;
        column.name = name;
        column.values = values;
        table.columns.push_back(std::move(column));
    };
    add("ra", catalogue.ra);
    add("dec", catalogue.dec);
    for (const Target& target : catalogue.targets)
        add(target.name, target.values);
    for (const io::Column& column : catalogue.columns.columns)
        if (table.find(column.name) == nullptr)
            table.columns.push_back(column);
    return table;
}

} // namespace penumbra::doctor
