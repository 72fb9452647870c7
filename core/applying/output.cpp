#include "core/applying/output.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/lower_bound.h"
#include "core/io/hdf5_file.h"
#include "core/report/galaxy_columns.h"
#include "core/study/run.h"
#include "core/uq/local_conditional.h"
#include "core/uq/repairs/repaired_method.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace penumbra::workflow {

namespace {

using Flags = std::vector<std::uint8_t>;
using Reals = std::vector<double>;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

io::Column filled(const PredictedColumn& column, io::Column::Values values) {
    io::Column full = column.like;
    full.values = std::move(values);
    return full;
}

bool isEndless(const Prediction& prediction, std::size_t row) {
    return std::isinf(prediction.lower[row]) || std::isinf(prediction.upper[row]);
}

void appendBytes(std::vector<std::byte>& bytes, const void* data, std::size_t count) {
    const auto* from = static_cast<const std::byte*>(data);
    bytes.insert(bytes.end(), from, from + count);
}

io::TableLayout layoutFor(const PredictLayout& layout, const io::Column& ids) {
    io::Table empty;
    for (const PredictedColumn& column : layout.columns())
        empty.columns.push_back(column.like);
    io::TableLayout all = io::layoutOf(empty);
    all.columns.insert(all.columns.begin(), io::layoutOf(io::Table{"", {ids}, {}}).columns.front());
    all.rows = ids.rows();
    return all;
}

/// Identity with its description, as it stands in files.
io::Column described(io::Column ids) {
    const io::Column like = report::identityColumn(&ids);
    ids.name = like.name;
    ids.description = like.description;
    ids.ucd = like.ucd;
    return ids;
}

/// Readers of tables want letters, digits and underscores in names; ids like CQR+rlcp(net) have others.
std::string inWordCharacters(const std::string& name) {
    std::string word;
    for (const char c : name)
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            word += c;
        else if (!word.empty() && word.back() != '_')
            word += '_';
    return word;
}

} // namespace

PredictLayout::PredictLayout(const PredictModel& model, bool strangeness, double flagLevel)
    : grouped_(model.hasRepairs()), own_(model.knowsOwn()), strangeness_(strangeness), flagLevel_(flagLevel) {
    using report::IntervalPart;
    const auto tableName = [&](const std::string& full) {
        std::string name = inWordCharacters(full);
        const auto isTaken = [&](const std::string& other) {
            return std::any_of(columns_.begin(), columns_.end(), [&](const PredictedColumn& column) {
                return lowered(column.like.name) == lowered(other); // FITS does not tell cases apart
            });
        };
        for (int n = 2; isTaken(name); ++n)
            name = inWordCharacters(full) + "_" + std::to_string(n);
        return name;
    };
    for (const TargetStudy& target : model.study().targets)
        for (const std::string& method : model.study().methods) {
            const auto part = [&](IntervalPart kind, const std::string& name) {
                io::Column like = report::intervalColumn(
                    kind, tableName(target.name + "_" + method + "_" + name), target.name, target.unit);
                like.description += " by " + method;
                columns_.push_back(
                    {std::move(like), "/predictions/" + target.name + "/" + method + "/" + name});
            };
            part(IntervalPart::Prediction, "mean");
            part(IntervalPart::Lower, "lower");
            part(IntervalPart::Upper, "upper");
            if (uq::localMethod(method)) {
                part(IntervalPart::EffectiveNumber, "effective");
                local_ = true;
            }
        }
    const auto flag = [&](const char* name, const char* description, io::Column::Values empty) {
        io::Column like;
        like.name = name;
        like.description = description;
        like.ucd = std::holds_alternative<Flags>(empty) ? "meta.code" : "meta.number";
        like.values = std::move(empty);
        columns_.push_back({std::move(like), std::string("/flags/") + name});
    };
    if (strangeness_)
        for (const manifold::OodScore score : manifold::allOodScores) {
            const std::string kind(manifold::oodScoreName(score));
            flag(("ood_p_" + kind).c_str(),
                 ("p-value of a galaxy this strange among the calibration galaxies, by " + kind).c_str(),
                 Reals());
        }
    flag("label_range", "a prediction lies beyond the 1st or 99th percentile of the labels trained on",
         Flags());
    if (local_)
        flag("effective", "smallest effective number of calibration galaxies behind a local interval",
             Reals());
    if (grouped_)
        flag("ungrouped", "the group or weight of a repaired method is unknown: its interval has no end",
             Flags());
    if (own_) {
        flag("trained_on", "the study was trained on this galaxy: no guarantee holds for it", Flags());
        flag("calibrated_on", "the study was calibrated on this galaxy: no guarantee holds for it", Flags());
    }
    flag("infinite", "an interval has no end", Flags());
    flag("imputed", "an input is missing, or was filled in", Flags());
    flag("flag", "any of the flags is set", Flags());
}

std::vector<io::Column> PredictLayout::values(const PredictModel& model, const NewPredictions& predictions,
                                              const std::vector<std::uint8_t>& imputed,
                                              const manifold::OodColumns* strangeness) const {
    const std::size_t rows = predictions.unusable.size();
    std::vector<io::Column> values;
    const auto put = [&](io::Column::Values numbers) {
        values.push_back(filled(columns_[values.size()], std::move(numbers)));
    };
    Flags beyond(rows, 0), infinite(rows, 0), missing(rows, 0), any(rows, 0);
    Reals effective(rows, nan);
    for (const NewPredictions::OfTarget& target : predictions.targets) {
        const LabelRange range = model.labelRange(target.name);
        for (std::size_t row = 0; row < rows; ++row)
            beyond[row] |= target.base[row] < range.low || target.base[row] > range.high;
        for (const Prediction& prediction : target.predictions) {
            put(prediction.mean);
            put(prediction.lower);
            put(prediction.upper);
            for (std::size_t row = 0; row < rows; ++row)
                infinite[row] |= isEndless(prediction, row);
            if (!uq::localMethod(prediction.method))
                continue;
            put(prediction.effective);
            for (std::size_t row = 0; row < rows; ++row)
                effective[row] = std::fmin(effective[row], prediction.effective[row]);
        }
    }
    if (strangeness_)
        for (const manifold::OodColumn& column : *strangeness) {
            put(column.p);
            for (std::size_t row = 0; row < rows; ++row)
                any[row] |= column.p[row] * static_cast<double>(strangeness->size()) <= flagLevel_;
        }
    for (std::size_t row = 0; row < rows; ++row) {
        missing[row] = predictions.unusable[row] || (!imputed.empty() && imputed[row]);
        any[row] |= beyond[row] || infinite[row] || missing[row] ||
                    (own_ && (predictions.trainedOn[row] || predictions.calibratedOn[row]));
    }
    put(std::move(beyond));
    if (local_)
        put(std::move(effective));
    if (grouped_) {
        Flags ungrouped = predictions.ungrouped;
        for (std::size_t row = 0; row < rows; ++row)
            if (predictions.unusable[row])
                ungrouped[row] = 0;
        put(std::move(ungrouped));
    }
    if (own_) {
        put(predictions.trainedOn);
        put(predictions.calibratedOn);
    }
    put(std::move(infinite));
    put(std::move(missing));
    put(std::move(any));
    return values;
}

std::vector<std::byte> toBytes(const std::vector<io::Column>& columns) {
    std::vector<std::byte> bytes;
    const std::uint64_t rows = columns.front().rows();
    appendBytes(bytes, &rows, sizeof rows);
    for (const io::Column& column : columns)
        if (const auto* reals = std::get_if<Reals>(&column.values))
            appendBytes(bytes, reals->data(), reals->size() * sizeof(double));
        else
            appendBytes(bytes, std::get<Flags>(column.values).data(), rows);
    return bytes;
}

std::vector<io::Column> columnsFromBytes(const PredictLayout& layout, std::span<const std::byte> bytes) {
    std::size_t at = 0;
    const auto take = [&](void* to, std::size_t count) {
        if (count > bytes.size() - at)
            throw Error("a finished block is shorter than it says; begin again with --restart");
        std::memcpy(to, bytes.data() + at, count);
        at += count;
    };
    std::uint64_t rows = 0;
    take(&rows, sizeof rows);
    if (rows > bytes.size())
        throw Error("a finished block is shorter than it says; begin again with --restart");
    std::vector<io::Column> columns;
    for (const PredictedColumn& column : layout.columns())
        if (std::holds_alternative<Reals>(column.like.values)) {
            Reals values(rows);
            take(values.data(), rows * sizeof(double));
            columns.push_back(filled(column, std::move(values)));
        } else {
            Flags values(rows);
            take(values.data(), rows);
            columns.push_back(filled(column, std::move(values)));
        }
    return columns;
}

/// What the cut of interval ends asks of a galaxy; "" where nothing is cut.
std::string cutWords(const PredictModel& model, const std::string& target) {
    for (std::size_t t = 0; t < model.study().targets.size(); ++t)
        if (const double bound = lowerBoundOf(model.calibration()[t]);
            model.study().targets[t].name == target && std::isfinite(bound))
            return "; ends below " + shortestReal(bound) + " are cut there, so only of galaxies whose " +
                   target + " is not below it";
    return {};
}

std::string guaranteeOf(const std::string& method, const OptionSet& studyOptions, double alpha) {
    const uq::MethodInfo& info = uq::findMethod(method).info();
    const std::string percent = formatReal(100.0 * (1.0 - alpha), 4) + " %";
    if (const auto repaired = uq::parseRepairedId(method);
        repaired && uq::quantileRule(studyOptions) == uq::QuantileRule::FiniteSample) {
        const uq::RepairInfo& repair = uq::repairInfo(repaired->kind);
        return std::string("at nominal level ")
            .append(percent)
            .append(", for galaxies exchangeable with the calibration galaxies: ")
            .append(repair.promises)
            .append(" ")
            .append(repair.doesNot);
    }
    if (info.conformal && uq::quantileRule(studyOptions) == uq::QuantileRule::FiniteSample)
        return "holds at least " + percent +
               " of galaxies that are exchangeable with the calibration galaxies, on average over "
               "calibration "
               "sets";
    if (info.conformal)
        return "holds about " + percent +
               " of galaxies that are exchangeable with the calibration galaxies "
               "(interpolated quantiles: no guarantee at finite numbers)";
    if (!info.promise.empty())
        return "at nominal level " + percent + ": " + info.promise;
    if (info.calibrated)
        return "aims at " + percent +
               " among galaxies like this one, reached approximately; no guarantee at "
               "finite numbers";
    return "none: not calibrated";
}

io::TableMeta predictMeta(const PredictModel& model, const std::string& studyPath,
                          const std::string& studyHash, const std::string& galaxies) {
    Study study = model.study();
    study.alpha = model.alpha();
    io::TableMeta meta = report::provenanceOf(study, studyPath, "predictions");
    meta.values.insert(meta.values.begin() + 1, {"study_hash", studyHash});
    meta.values.emplace_back("galaxies", galaxies);
    meta.values.emplace_back("ends", endsName(study.ends));
    for (const std::string& method : study.methods)
        meta.values.emplace_back("guarantee_" + method,
                                 guaranteeOf(method, recordedOptions(study), model.alpha()));
    return meta;
}

void writePredictedHdf5(const std::filesystem::path& path, const PredictLayout& layout, std::size_t rows,
                        const IdsOf& ids, const PredictedBlocks& blocks, const io::TableMeta& meta,
                        const PredictModel& model, const RunContext& context) {
    AtomicFile target(path);
    io::Hdf5File file = io::Hdf5File::create(target.temporaryPath());
    file.setAttribute("/", "format", "penumbra-predictions");
    file.setAttribute("/", "format_version", std::int64_t{1});
    for (const auto& [name, value] : meta.values)
        file.setAttribute("/", name, value);
    const io::Column like = described(ids(0, 0));
    file.createColumn("/object_id", like, rows);
    file.setAttribute("/object_id", "description", like.description);
    for (const PredictedColumn& column : layout.columns()) {
        file.createColumn(column.dataset, column.like, rows);
        file.setAttribute(column.dataset, "unit", column.like.unit);
        file.setAttribute(column.dataset, "description", column.like.description);
    }
    const OptionSet options = recordedOptions(model.study());
    for (const TargetStudy& study : model.study().targets)
        for (const std::string& method : model.study().methods) {
            const std::string group = "/predictions/" + study.name + "/" + method;
            file.setAttribute(group, "alpha", model.alpha());
            file.setAttribute(group, "unit", study.unit);
            file.setAttribute(group, "guarantee",
                              guaranteeOf(method, options, model.alpha()) + cutWords(model, study.name));
        }
    blocks([&](const PredictedBlock& block) {
        context.step(static_cast<double>(block.first) / static_cast<double>(rows),
                     "writing " + path.filename().string());
        file.writeColumnRows("/object_id", block.first, ids(block.first, block.count));
        for (std::size_t i = 0; i < block.values.size(); ++i)
            file.writeColumnRows(layout.columns()[i].dataset, block.first, block.values[i]);
    });
    file.close();
    context.checkStop();
    target.commit();
}

void writePredictedTable(const std::filesystem::path& path, const io::TableWriter& writer,
                         const PredictLayout& layout, std::size_t rows, const IdsOf& ids,
                         const PredictedBlocks& blocks, const io::TableMeta& meta,
                         const RunContext& context) {
    const io::Column identity = described(ids(0, rows));
    const auto sink = writer.open(path, layoutFor(layout, identity), meta, context);
    blocks([&](const PredictedBlock& block) {
        context.step(static_cast<double>(block.first) / static_cast<double>(rows),
                     "writing " + path.filename().string());
        std::vector<std::size_t> own(block.count);
        for (std::size_t i = 0; i < own.size(); ++i)
            own[i] = block.first + i;
        io::Table table;
        table.columns.push_back(io::pickRows(identity, own));
        table.columns.insert(table.columns.end(), block.values.begin(), block.values.end());
        sink->append(table);
    });
    context.checkStop();
    sink->finish(context.stop);
}

} // namespace penumbra::workflow
