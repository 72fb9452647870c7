#include "core/catalogue/galaxy_inputs.h"

#include "core/base/error.h"
#include "core/base/fingerprint.h"
#include "core/base/text.h"
#include "core/catalogue/sky_match.h"
#include "core/io/hdf5_file.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace penumbra {

namespace {

namespace fs = std::filesystem;
using io::Column;

std::string countText(std::size_t n) {
    return withThousands(static_cast<long long>(n));
}

/// One input made ready to be matched: a table and where its pixels are.
struct Part {
    std::string name;
    Catalogue catalogue;
    std::vector<GalaxyInputs::File> files;
    std::vector<StoredRow> images, spectra;
};

/// Catalogue rows that have an image or spectrum, from the dataset /images/rows or /spectra/rows.
std::vector<StoredRow> storedRows(const Catalogue& catalogue, const std::string& group, std::size_t count) {
    std::vector<StoredRow> stored(catalogue.rowCount);
    if (count == 0)
        return stored;
    const auto file = io::Hdf5File::openForReading(catalogue.path);
    std::vector<std::int64_t> rows;
    if (file.exists(group + "/rows"))
        rows = file.readIntegers(group + "/rows"); // checked by readCatalogue
    else {
        rows.resize(count);
        std::iota(rows.begin(), rows.end(), 0);
    }
    for (std::size_t i = 0; i < rows.size(); ++i)
        stored[static_cast<std::size_t>(rows[i])] = {0, static_cast<std::int64_t>(i)};
    return stored;
}

template <typename T>
void cut(std::vector<T>& values, std::size_t rows) {
    if (values.size() > rows)
        values.resize(rows);
}

void cutColumn(Column& column, std::size_t rows) {
    std::visit([&](auto& values) { cut(values, rows); }, column.values);
    cut(column.missing, rows);
}

void cutRows(Part& part, std::size_t rows) {
    Catalogue& c = part.catalogue;
    if (rows == 0 || c.rowCount <= rows)
        return;
    c.rowCount = rows;
    cutColumn(c.objectId, rows);
    cut(c.ra, rows);
    cut(c.dec, rows);
    cut(c.split, rows);
    for (auto& column : c.columns.columns)
        cutColumn(column, rows);
    for (auto& target : c.targets) {
        cut(target.values, rows);
        cut(target.errors, rows);
        for (auto& [name, values] : target.oracle)
            cut(values, rows);
    }
    cut(part.images, rows);
    cut(part.spectra, rows);
}

Part cataloguePart(const fs::path& path, const RunContext& context) {
    Part part;
    part.name = path.stem().string();
    part.catalogue = readCatalogue(path, context);
    part.files.push_back({path, true, false});
    part.images = storedRows(part.catalogue, "/images", part.catalogue.images.count);
    part.spectra = storedRows(part.catalogue, "/spectra", part.catalogue.spectra.count);
    return part;
}

Part surveyPart(const UniverseSurvey& survey, std::size_t maxRows, const RunContext& context) {
    Part part;
    part.name = survey.name;
    UniverseTable table = readUniverseTable(survey, maxRows, context);
    Catalogue& c = part.catalogue;
    c.path = survey.folder;
    c.rowCount = table.storedAt.size();
    c.objectId = std::move(table.objectId);
    c.ra = std::move(table.ra);
    c.dec = std::move(table.dec);
    c.columns = std::move(table.columns);
    c.notes = std::move(table.notes);
    for (const auto& file : survey.files)
        part.files.push_back({file, false, survey.hats});
    part.images.resize(c.rowCount);
    part.spectra.resize(c.rowCount);
    if (survey.images)
        part.images = table.storedAt;
    if (survey.spectra)
        part.spectra = std::move(table.storedAt);
    return part;
}

/// The parts of one path; `first` rows are cut only in the very first part.
void addParts(std::vector<Part>& parts, const fs::path& path, std::size_t maxRows,
              const RunContext& context) {
    const auto rowsOf = [&] { return parts.empty() ? maxRows : 0; };
    std::error_code ignored;
    if (fs::is_regular_file(path, ignored) && isCatalogueFile(path)) {
        auto surveys = findUniverseSurveys(path); // /object_id alone does not tell the two layouts apart
        if (surveys.empty()) {
            const std::size_t rows = rowsOf();
            parts.push_back(cataloguePart(path, context));
            cutRows(parts.back(), rows);
            return;
        }
    }
    auto surveys = findUniverseSurveys(path);
    if (surveys.empty())
        throw Error(
            path.string() +
            " is neither a catalogue (dataset /object_id, with /images or /spectra) nor a folder in "
            "the layout of the Multimodal Universe (SURVEY/healpix=NUMBER/001-of-001.hdf5, or a HATS folder "
            "with hats.properties)");
    const auto rank = [](const UniverseSurvey& s) { return s.spectra ? 0 : s.images ? 1 : 2; };
    std::stable_sort(surveys.begin(), surveys.end(),
                     [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    for (const auto& survey : surveys) {
        const std::size_t rows = rowsOf();
        parts.push_back(surveyPart(survey, rows, context));
    }
}

double medianSeparation(const Match& match) {
    if (match.pairs.empty())
        return 0.0;
    std::vector<double> separations;
    for (const auto& pair : match.pairs)
        separations.push_back(pair.separationArcsec);
    const auto middle = separations.begin() + static_cast<std::ptrdiff_t>(separations.size() / 2);
    std::nth_element(separations.begin(), middle, separations.end());
    return *middle;
}

Match matchParts(const Part& first, const Part& second, const InputChoice& choice, MatchReport& report,
                 const RunContext& context) {
    if (choice.matchBy != MatchBy::Position) {
        Match match = matchIds(first.catalogue.objectId, second.catalogue.objectId);
        const std::size_t smaller = std::min(first.catalogue.rowCount, second.catalogue.rowCount);
        if (choice.matchBy == MatchBy::ObjectId || 2 * match.pairs.size() >= smaller)
            return match;
    }
    for (const Part* part : {&first, &second})
        if (part->catalogue.ra.empty() || part->catalogue.dec.empty())
            throw Error(part->catalogue.path.string() +
                        " has no positions (ra, dec), and its object ids do not match those of " +
                        (part == &first ? second : first).catalogue.path.string());
    report.byPosition = true;
    report.toleranceArcsec = choice.toleranceArcsec;
    return matchPositions({first.catalogue.ra, first.catalogue.dec},
                          {second.catalogue.ra, second.catalogue.dec}, choice.toleranceArcsec, context);
}

std::vector<std::string> idsOf(const Catalogue& catalogue, const std::vector<std::size_t>& rows) {
    std::vector<std::string> ids;
    for (const std::size_t row : rows)
        ids.push_back(catalogue.idText(row));
    return ids;
}

std::vector<double> arranged(const std::vector<double>& from, const std::vector<std::size_t>& partner) {
    std::vector<double> to(from.empty() ? 0 : partner.size(), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t row = 0; row < to.size(); ++row)
        if (partner[row] != io::noRow)
            to[row] = from[partner[row]];
    return to;
}

class Joiner {
public:
    Joiner(Part first, const InputChoice& choice, const RunContext& context)
        : choice_(choice), context_(context), first_(std::move(first)) {}

    void join(Part second) {
        MatchReport report;
        report.first = first_.name;
        report.second = second.name;
        const Match match = matchParts(first_, second, choice_, report, context_);
        report.matched = match.pairs.size();
        report.medianSeparationArcsec = medianSeparation(match);
        report.unmatchedFirst = idsOf(first_.catalogue, match.unmatchedFirst);
        report.unmatchedSecond = idsOf(second.catalogue, match.unmatchedSecond);
        report.unmatchedFirstCount = match.unmatchedFirst.size();
        report.unmatchedSecondCount = match.unmatchedSecond.size();
        first_.catalogue.notes.push_back(report.text());
        matches_.push_back(std::move(report));
        std::vector<std::size_t> partner(first_.catalogue.rowCount, io::noRow);
        for (const auto& pair : match.pairs)
            partner[pair.first] = pair.second;
        take(second, partner);
    }

    GalaxyInputs finish(std::string source) {
        GalaxyInputs inputs;
        deriveTargets(first_.catalogue);
        inputs.catalogue = std::move(first_.catalogue);
        inputs.files = std::move(first_.files);
        inputs.images = std::move(first_.images);
        inputs.spectra = std::move(first_.spectra);
        inputs.matches = std::move(matches_);
        inputs.source = std::move(source);
        return inputs;
    }

private:
    void take(const Part& second, const std::vector<std::size_t>& partner) {
        const auto offset = static_cast<std::int32_t>(first_.files.size());
        first_.files.insert(first_.files.end(), second.files.begin(), second.files.end());
        for (std::size_t row = 0; row < partner.size(); ++row) {
            if (partner[row] == io::noRow)
                continue;
            const auto moved = [&](StoredRow& to, const StoredRow& from) {
                if (!to.present() && from.present())
                    to = {from.file + offset, from.row};
            };
            moved(first_.images[row], second.images[partner[row]]);
            moved(first_.spectra[row], second.spectra[partner[row]]);
        }
        auto& columns = first_.catalogue.columns.columns;
        for (const auto& column : second.catalogue.columns.columns) {
            Column moved = io::pickRows(column, partner);
            const auto taken = [&](const std::string& name) {
                return std::any_of(columns.begin(), columns.end(),
                                   [&](const Column& c) { return c.name == name; });
            };
            if (taken(moved.name))
                moved.name += "_" + second.name;
            if (!taken(moved.name))
                columns.push_back(std::move(moved));
        }
        for (Target target : second.catalogue.targets) {
            target.values = arranged(target.values, partner);
            target.errors = arranged(target.errors, partner);
            target.oracle.clear();
            auto& targets = first_.catalogue.targets;
            if (std::none_of(targets.begin(), targets.end(),
                             [&](const Target& t) { return t.name == target.name; }))
                targets.push_back(std::move(target));
        }
    }

    const InputChoice& choice_;
    const RunContext& context_;
    Part first_;
    std::vector<MatchReport> matches_;
};

void addColumn(Fingerprint& print, const Column& column) {
    print.add(column.name);
    std::visit(
        [&](const auto& values) {
            if constexpr (std::is_same_v<std::decay_t<decltype(values)>, std::vector<std::string>>)
                for (const auto& text : values)
                    print.add(text);
            else
                print.add(values.data(), values.size() * sizeof(values[0]));
        },
        column.values);
}

} // namespace

std::string MatchReport::text() const {
    const std::string how = byPosition ? " within " + shortestReal(toleranceArcsec) + " arcsec (median " +
                                             formatReal(medianSeparationArcsec, 2) + ")"
                                       : " by object id";
    return first + " x " + second + ": " + countText(matched) + " matched" + how +
           "; without a partner: " + countText(unmatchedFirstCount) + " of " + first + ", " +
           countText(unmatchedSecondCount) + " of " + second;
}

std::string GalaxyInputs::fingerprint() const {
    Fingerprint print;
    addColumn(print, catalogue.objectId);
    for (const auto& column : catalogue.columns.columns)
        addColumn(print, column);
    for (const auto& file : files) {
        std::error_code ignored;
        print.add(file.path.filename().string());
        print.addNumber(fs::file_size(file.path, ignored));
    }
    for (const auto* stored : {&images, &spectra})
        for (const StoredRow& at : *stored) {
            print.addNumber(static_cast<std::uint64_t>(at.file));
            print.addNumber(static_cast<std::uint64_t>(at.row));
        }
    return print.text();
}

GalaxyInputs openGalaxyInputs(const InputChoice& choice, const RunContext& context) {
    if (choice.paths.empty())
        throw UsageError("no input: name a catalogue or a folder in the layout of the Multimodal Universe");
    std::vector<Part> parts;
    std::vector<std::string> names;
    for (const auto& path : choice.paths) {
        addParts(parts, path, choice.maxRows, context);
        names.push_back(path.filename().empty() ? path.parent_path().filename().string()
                                                : path.filename().string());
    }
    Joiner joiner(std::move(parts.front()), choice, context);
    for (std::size_t i = 1; i < parts.size(); ++i)
        joiner.join(std::move(parts[i]));
    return joiner.finish(joinText(names, " x "));
}

} // namespace penumbra
