#include "core/session/study_file.h"

#include "core/base/atomic_file.h"
#include "core/io/hdf5_file.h"
#include "core/session/study_state.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

namespace penumbra::session {

namespace {

constexpr const char* formatName = "penumbra-study";
constexpr std::int64_t formatVersion = 1;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// ---- writing

std::vector<std::int64_t> unionOfTestRows(const Study& study) {
    std::vector<std::int64_t> rows;
    for (const TargetStudy& target : study.targets) {
        const auto own = target.testRows();
        rows.insert(rows.end(), own.begin(), own.end());
    }
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows;
}

/// Position in the file's /rows of each of a target's test rows.
std::vector<std::size_t> positionsIn(const std::vector<std::int64_t>& rows,
                                     const std::vector<std::int64_t>& own) {
    std::vector<std::size_t> positions;
    positions.reserve(own.size());
    for (const std::int64_t row : own)
        positions.push_back(
            static_cast<std::size_t>(std::lower_bound(rows.begin(), rows.end(), row) - rows.begin()));
    return positions;
}

std::vector<double> scattered(const std::vector<double>& values, const std::vector<std::size_t>& positions,
                              std::size_t size) {
    std::vector<double> out(size, nan);
    for (std::size_t i = 0; i < values.size(); ++i)
        out[positions[i]] = values[i];
    return out;
}

/// HDF5 keeps no empty lists: absent means empty, as the reader takes it.
void setList(io::Hdf5File& file, const std::string& object, const char* name,
             const std::vector<std::string>& list) {
    if (!list.empty())
        file.setAttribute(object, name, list);
}

void writeHeader(io::Hdf5File& file, const Study& study) {
    file.setAttribute("/", "format", formatName);
    file.setAttribute("/", "format_version", formatVersion);
    file.setAttribute("/", "penumbra_version", study.version);
    file.setAttribute("/", "catalogue", study.cataloguePath);
    file.setAttribute("/", "catalogue_hash", study.catalogueHash);
    file.setAttribute("/", "features", study.featuresName);
    file.setAttribute("/", "options", study.optionsJson);
    file.setAttribute("/", "alpha", study.alpha);
    file.setAttribute("/", "seed", static_cast<std::int64_t>(study.seed));
    file.setAttribute("/", "ends", endsName(study.ends));
    std::vector<std::string> names;
    for (const TargetStudy& target : study.targets)
        names.push_back(target.name);
    setList(file, "/", "targets", names);
    setList(file, "/", "methods", study.methods);
    setList(file, "/", "notes", study.notes);
}

void writeTarget(io::Hdf5File& file, const TargetStudy& target, const std::vector<std::int64_t>& rows) {
    const auto positions = positionsIn(rows, target.testRows());
    const std::string truth = "/truth/" + target.name;
    file.writeReals(truth, scattered(target.testTruth(), positions, rows.size()));
    file.setAttribute(truth, "unit", target.unit);
    file.setAttribute(truth, "label", target.label);
    file.setAttribute(truth, "train_rows", static_cast<std::int64_t>(target.trainCount));
    file.setAttribute(truth, "calibration_rows",
                      static_cast<std::int64_t>(target.heldOut.calibrationCount()));
    std::vector<std::string> methods;
    for (const Prediction& prediction : target.predictions) {
        const std::string group = "/predictions/" + target.name + "/" + prediction.method;
        const auto put = [&](const char* name, const std::vector<double>& values) {
            file.writeReals(group + "/" + name, scattered(values, positions, rows.size()));
        };
        put("mean", prediction.mean);
        put("lower", prediction.lower);
        put("upper", prediction.upper);
        if (!prediction.spread.empty())
            put("spread", prediction.spread);
        if (!prediction.effective.empty())
            put("effective", prediction.effective);
        file.setAttribute(group, "alpha", prediction.alpha);
        file.setAttribute(group, "unit", prediction.unit);
        file.setAttribute(group, "note", prediction.note);
        methods.push_back(prediction.method);
    }
    setList(file, truth, "methods", methods);
}

io::Column textColumn(const char* name, std::vector<std::string> values) {
    io::Column column;
    column.name = name;
    column.values = std::move(values);
    return column;
}

template <class Row, class Get>
auto gathered(const std::vector<Row>& rows, Get get) {
    std::vector<std::decay_t<decltype(get(rows.front()))>> values;
    values.reserve(rows.size());
    for (const Row& row : rows)
        values.push_back(get(row));
    return values;
}

template <class Number>
io::Column numberColumn(const char* name, std::vector<Number> values) {
    io::Column column;
    column.name = name;
    column.values = std::move(values);
    return column;
}

io::Table metricsTable(const std::vector<Score>& scores) {
    const auto texts = [&](const char* name, auto get) { return textColumn(name, gathered(scores, get)); };
    const auto reals = [&](const char* name, auto get) { return numberColumn(name, gathered(scores, get)); };
    io::Table table;
    table.columns = {
        texts("target", [](const Score& s) { return s.target; }),
        texts("method", [](const Score& s) { return s.method; }),
        texts("metric", [](const Score& s) { return s.metric; }),
        reals("alpha", [](const Score& s) { return s.alpha; }),
        texts("convention", [](const Score& s) { return s.convention; }),
        texts("conditioned_on", [](const Score& s) { return s.conditionedOn; }),
        texts("stratum", [](const Score& s) { return s.stratum; }),
        reals("value", [](const Score& s) { return s.value; }),
        reals("low", [](const Score& s) { return s.low; }),
        reals("high", [](const Score& s) { return s.high; }),
        reals("oracle_low", [](const Score& s) { return s.oracleLow; }),
        reals("oracle_high", [](const Score& s) { return s.oracleHigh; }),
        reals("n", [](const Score& s) { return static_cast<double>(s.n); }),
        reals("n_infinite", [](const Score& s) { return static_cast<double>(s.nInfinite); }),
        reals("exact_low", [](const Score& s) { return s.exactLow; }),
        reals("exact_high", [](const Score& s) { return s.exactHigh; }),
        texts("calibration", [](const Score& s) { return s.calibration; }),
        reals("n_crossed", [](const Score& s) { return static_cast<double>(s.nCrossed); }),
    };
    return table;
}

// ---- reading

[[noreturn]] void refuse(const io::Hdf5File& file, const std::string& object, const std::string& what) {
    throw Error(file.path().string() + ": " + object + " " + what +
                ". The file is damaged or was not written by penumbra; run the study again.");
}

void checkLength(const io::Hdf5File& file, const std::string& object, std::size_t found, std::size_t wanted) {
    if (found != wanted)
        refuse(file, object,
               "has " + std::to_string(found) + " values where /rows has " + std::to_string(wanted));
}

std::vector<double> readAligned(const io::Hdf5File& file, const std::string& object, std::size_t rows) {
    auto values = file.readReals(object);
    checkLength(file, object, values.size(), rows);
    return values;
}

void readHeader(const io::Hdf5File& file, Study& study) {
    const auto text = [&](const char* name) { return file.textAttribute("/", name).value_or(""); };
    study.version = text("penumbra_version");
    study.cataloguePath = text("catalogue");
    study.catalogueHash = text("catalogue_hash");
    study.featuresName = text("features");
    study.optionsJson = text("options");
    study.alpha = file.realAttribute("/", "alpha").value_or(nan);
    if (!(study.alpha > 0.0 && study.alpha < 1.0))
        refuse(file, "attribute alpha", "is absent or not between 0 and 1");
    study.seed = static_cast<std::uint64_t>(file.integerAttribute("/", "seed").value_or(0));
    study.methods = file.textListAttribute("/", "methods");
    study.notes = file.textListAttribute("/", "notes");
    const auto ends = file.textAttribute("/", "ends");
    study.ends = ends ? endsNamed(*ends) : Ends::Open;
    if (!ends)
        study.notes.push_back(
            "The study was made by a version whose intervals did not cover their ends (and kept them in "
            "single precision); its coverages are read that way. evaluate --ends closed counts the ends.");
}

/// The public part of a target: aligned with /rows, to be cut down to the target's own test rows.
struct PublicTarget {
    TargetStudy target;
    std::vector<double> truth;
};

PublicTarget readPublicTarget(const io::Hdf5File& file, const std::string& name, std::size_t rows,
                              Ends ends) {
    PublicTarget read;
    const std::string truth = "/truth/" + name;
    read.truth = readAligned(file, truth, rows);
    read.target.name = name;
    read.target.unit = file.textAttribute(truth, "unit").value_or("");
    read.target.label = file.textAttribute(truth, "label").value_or("");
    read.target.trainCount = static_cast<std::size_t>(
        std::max<std::int64_t>(0, file.integerAttribute(truth, "train_rows").value_or(0)));
    const std::string parent = "/predictions/" + name;
    std::vector<std::string> methods = file.textListAttribute(truth, "methods");
    if (methods.empty() && file.isGroup(parent))
        for (const io::Hdf5Entry& entry : file.list(parent))
            methods.push_back(entry.name);
    for (const std::string& method : methods) {
        const std::string group = parent + "/" + method;
        if (!file.isGroup(group))
            refuse(file, group, "is missing");
        Prediction prediction;
        prediction.method = method;
        prediction.target = name;
        prediction.unit = read.target.unit;
        prediction.alpha = file.realAttribute(group, "alpha").value_or(0.1);
        prediction.note = file.textAttribute(group, "note").value_or("");
        prediction.ends = ends;
        prediction.mean = readAligned(file, group + "/mean", rows);
        prediction.lower = readAligned(file, group + "/lower", rows);
        prediction.upper = readAligned(file, group + "/upper", rows);
        if (file.isDataset(group + "/spread"))
            prediction.spread = readAligned(file, group + "/spread", rows);
        if (file.isDataset(group + "/effective"))
            prediction.effective = readAligned(file, group + "/effective", rows);
        read.target.predictions.push_back(std::move(prediction));
    }
    return read;
}

void keepPositions(std::vector<double>& values, const std::vector<std::size_t>& positions) {
    if (values.empty())
        return;
    std::vector<double> kept;
    kept.reserve(positions.size());
    for (const std::size_t position : positions)
        kept.push_back(values[position]);
    values = std::move(kept);
}

/// Without /state only the test rows are known: those that at least one method predicts.
HeldOut heldOutFromPublic(const PublicTarget& read, const std::vector<std::int64_t>& rows) {
    HeldOut heldOut;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto predicted = [&](const Prediction& p) { return !std::isnan(p.mean[i]); };
        const auto& predictions = read.target.predictions;
        if (!predictions.empty() && std::none_of(predictions.begin(), predictions.end(), predicted))
            continue;
        heldOut.rows.push_back(rows[i]);
        heldOut.isTest.push_back(1);
        heldOut.truth.push_back(read.truth[i]);
    }
    return heldOut;
}

std::vector<std::size_t> testPositions(const io::Hdf5File& file, const TargetStudy& target,
                                       const std::vector<std::int64_t>& rows) {
    std::unordered_map<std::int64_t, std::size_t> positionOfRow;
    for (std::size_t i = 0; i < rows.size(); ++i)
        positionOfRow.emplace(rows[i], i);
    std::vector<std::size_t> positions;
    for (const std::int64_t row : target.testRows()) {
        const auto found = positionOfRow.find(row);
        if (found == positionOfRow.end())
            refuse(file, "/state/targets/" + target.name + "/rows",
                   "names test row " + std::to_string(row) + ", which is not in /rows");
        positions.push_back(found->second);
    }
    return positions;
}

Score scoreFromRow(const std::vector<const io::Column*>& columns, std::size_t row) {
    Score score;
    score.target = columns[0]->asText(row);
    score.method = columns[1]->asText(row);
    score.metric = columns[2]->asText(row);
    score.alpha = columns[3]->asReal(row);
    score.convention = columns[4]->asText(row);
    score.conditionedOn = columns[5]->asText(row);
    score.stratum = columns[6]->asText(row);
    score.value = columns[7]->asReal(row);
    score.low = columns[8]->asReal(row);
    score.high = columns[9]->asReal(row);
    score.oracleLow = columns[10]->asReal(row);
    score.oracleHigh = columns[11]->asReal(row);
    score.n = static_cast<std::int64_t>(columns[12]->asReal(row));
    score.nInfinite = static_cast<std::int64_t>(columns[13]->asReal(row));
    if (columns[14] != nullptr)
        score.exactLow = columns[14]->asReal(row);
    if (columns[15] != nullptr)
        score.exactHigh = columns[15]->asReal(row);
    if (columns[16] != nullptr)
        score.calibration = columns[16]->asText(row);
    if (columns[17] != nullptr)
        score.nCrossed = static_cast<std::int64_t>(columns[17]->asReal(row));
    return score;
}

std::vector<Score> readMetrics(const io::Hdf5File& file) {
    if (!file.isDataset("/metrics"))
        return {};
    const io::Table table = file.readCompound("/metrics");
    std::vector<const io::Column*> columns;
    constexpr std::size_t always = 14; // files of version 0.1.0 lack those behind
    for (const io::Column& wanted : metricsTable({}).columns)
        columns.push_back(columns.size() < always ? &table.at(wanted.name) : table.find(wanted.name));
    std::vector<Score> scores;
    for (std::size_t row = 0; row < table.rows(); ++row)
        scores.push_back(scoreFromRow(columns, row));
    return scores;
}

} // namespace

void writeStudy(const Study& study, const std::vector<StoredArray>& networks,
                const std::filesystem::path& path, const RunContext& context) {
    AtomicFile target(path);
    io::Hdf5File file = io::Hdf5File::create(target.temporaryPath());
    const auto rows = unionOfTestRows(study);
    writeHeader(file, study);
    file.writeIntegers("/rows", rows);
    for (std::size_t i = 0; i < study.targets.size(); ++i) {
        context.step(static_cast<double>(i) / static_cast<double>(study.targets.size() + 1),
                     "writing " + path.filename().string());
        writeTarget(file, study.targets[i], rows);
    }
    if (!study.scores.empty())
        file.writeCompound("/metrics", metricsTable(study.scores));
    writeState(file, study, networks, context);
    file.close();
    context.checkStop();
    target.commit();
}

Study readStudy(const std::filesystem::path& path, const RunContext& context) {
    constexpr const char* makeOne = "Make one with: penumbra-cli study CATALOGUE --out study.h5";
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored) && std::filesystem::file_size(path, ignored) > 0 &&
        !io::Hdf5File::isHdf5(path))
        throw Error(path.string() + ": not a penumbra study, and not an HDF5 file at all. " + makeOne);
    const io::Hdf5File file = io::Hdf5File::openForReading(path);
    if (file.textAttribute("/", "format").value_or("") != formatName)
        throw Error(path.string() + ": not a penumbra study (the attribute 'format' does not say '" +
                    std::string(formatName) + "'). " + makeOne);
    Study study;
    readHeader(file, study);
    const auto rows = file.readIntegers("/rows");
    const bool hasState = readStateVersion(file, study.notes);
    for (const std::string& name : file.textListAttribute("/", "targets")) {
        context.checkStop();
        PublicTarget read = readPublicTarget(file, name, rows.size(), study.ends);
        read.target.heldOut = hasState ? readHeldOut(file, name) : heldOutFromPublic(read, rows);
        const auto positions = testPositions(file, read.target, rows);
        for (Prediction& prediction : read.target.predictions)
            for (auto* values : {&prediction.mean, &prediction.lower, &prediction.upper, &prediction.spread,
                                 &prediction.effective})
                keepPositions(*values, positions);
        if (hasState)
            read.target.local = readLocalGrids(file, read.target);
        study.targets.push_back(std::move(read.target));
    }
    if (study.targets.empty())
        refuse(file, "attribute targets", "is absent or empty");
    study.scores = readMetrics(file);
    if (hasState) {
        study.training = readTraining(file);
        study.kernels = readKernels(file);
    }
    return study;
}

bool isStudyFile(const std::filesystem::path& path) {
    if (!io::Hdf5File::isHdf5(path))
        return false;
    try {
        return io::Hdf5File::openForReading(path).textAttribute("/", "format").value_or("") == formatName;
    } catch (const Error&) {
        return false;
    }
}

} // namespace penumbra::session
