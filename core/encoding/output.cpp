#include "core/encoding/output.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/encoding/blocks.h"
#include "core/io/hdf5_file.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace penumbra::workflow {

namespace {

template <typename T>
std::vector<T> picked(const std::vector<T>& from, std::span<const std::size_t> rows) {
    std::vector<T> to;
    if (from.empty())
        return to;
    to.reserve(rows.size());
    for (const std::size_t row : rows)
        to.push_back(from.at(row));
    return to;
}

/// "spectrum: wavelengths do not increase at pixel 7" and "... pixel 9" are one reason.
std::string withoutNumbers(const std::string& text) {
    std::string plain;
    for (const char c : text) {
        const bool digit = (c >= '0' && c <= '9') || (c == '.' && !plain.empty() && plain.back() == '#');
        if (!digit)
            plain += c;
        else if (plain.empty() || plain.back() != '#')
            plain += '#';
    }
    return plain;
}

void count(EncodeSummary& summary, const std::string& status) {
    ++summary.rows;
    const bool encoded = status.starts_with("encoded");
    summary.encoded += encoded;
    if (status == "encoded")
        return;
    summary.partly += encoded;
    ++summary.reasons[withoutNumbers(status)];
}

struct BlockPlace {
    std::uint64_t block = 0;
    std::size_t row = 0;
    bool present = false;
};

} // namespace

std::string EncodeSummary::text() const {
    const auto number = [](std::size_t n) { return withThousands(static_cast<long long>(n)); };
    std::string lines = "encoded   " + number(encoded) + " of " + number(rows) + " galaxies";
    if (partly > 0)
        lines += ", " + number(partly) + " of them without a modality";
    lines += "\n";
    if (encoded < rows)
        lines += "in quarantine " + number(rows - encoded) + " (features NaN; column " +
                 std::string(statusColumn) + " says why)\n";
    std::vector<std::pair<std::size_t, std::string>> sorted;
    for (const auto& [reason, n] : reasons)
        sorted.emplace_back(n, reason);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    for (std::size_t i = 0; i < std::min<std::size_t>(sorted.size(), 8); ++i)
        lines += "  " + number(sorted[i].first) + " x " + sorted[i].second + "\n";
    if (sorted.size() > 8)
        lines += "  and " + number(sorted.size() - 8) + " other reasons\n";
    return lines;
}

Catalogue pickRows(const Catalogue& catalogue, std::span<const std::size_t> rows) {
    Catalogue part;
    part.path = catalogue.path;
    part.rowCount = rows.size();
    part.objectId = io::pickRows(catalogue.objectId, rows);
    part.ra = picked(catalogue.ra, rows);
    part.dec = picked(catalogue.dec, rows);
    part.split = picked(catalogue.split, rows);
    part.attributes = catalogue.attributes;
    for (const auto& column : catalogue.columns.columns)
        part.columns.columns.push_back(io::pickRows(column, rows));
    for (const auto& target : catalogue.targets) {
        Target few = target;
        few.values = picked(target.values, rows);
        few.errors = picked(target.errors, rows);
        for (auto& [name, values] : few.oracle)
            values = picked(target.oracle.at(name), rows);
        part.targets.push_back(std::move(few));
    }
    return part;
}

std::size_t RunOutput::numbers() const {
    std::size_t count = columns.size();
    for (const PooledFeatures& one : features)
        count += one.width;
    return count;
}

EncodeSummary writeEncoded(const EncodePlan& plan, const RunOutput& output, const io::RecordFile& blocks,
                           const std::map<std::string, std::string>& attributes,
                           const std::filesystem::path& out, const RunContext& context) {
    const Catalogue& source = plan.inputs.catalogue;
    std::vector<std::size_t> rows = plan.rows;
    rows.insert(rows.end(), plan.absent.begin(), plan.absent.end());
    std::sort(rows.begin(), rows.end());
    std::vector<std::size_t> placeInOutput(source.rowCount, io::noRow);
    for (std::size_t i = 0; i < rows.size(); ++i)
        placeInOutput[rows[i]] = i;

    const std::size_t numbers = output.numbers();
    std::vector<std::vector<float>> columnValues(
        output.columns.size(), std::vector<float>(rows.size(), std::numeric_limits<float>::quiet_NaN()));
    std::vector<BlockPlace> places(rows.size());
    std::vector<std::string> statuses(rows.size());
    for (std::size_t block = 0; block < plan.blockCount(); ++block) {
        context.checkStop();
        const EncodedBlock finished = blockFromBytes(blocks.read(block));
        const auto blockRows = plan.blockRowsOf(block);
        if (finished.statuses.size() != blockRows.size() ||
            static_cast<std::size_t>(finished.features.cols()) != numbers)
            throw Error(blocks.path().string() + ": block " + std::to_string(block) +
                        " does not fit this run; delete the file and start anew");
        for (std::size_t i = 0; i < blockRows.size(); ++i) {
            const std::size_t at = placeInOutput[blockRows[i]];
            places[at] = {block, i, true};
            statuses[at] = finished.statuses[i];
            for (std::size_t c = 0; c < columnValues.size(); ++c)
                columnValues[c][at] =
                    finished.features(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(c));
        }
    }
    for (std::size_t i = 0; i < plan.absent.size(); ++i)
        statuses[placeInOutput[plan.absent[i]]] = "not encoded: " + plan.absentWhy[i];

    Catalogue catalogue = pickRows(source, rows);
    const auto copied = std::make_shared<SourceRows>();
    for (const std::size_t row : rows)
        copied->places.push_back({0, row});
    std::vector<Samples> samples = samplesOf(source);
    if (!source.features.empty() || !samples.empty())
        copied->files.push_back(io::Hdf5File::openForReading(source.path));
    for (Samples& one : samples)
        one.rows = rowsFrom(copied, one.dataset);
    std::vector<FeatureRows> features;
    for (const auto& info : source.features) {
        if (std::any_of(output.features.begin(), output.features.end(),
                        [&](const PooledFeatures& pooled) { return pooled.name == info.name; }))
            continue; // encoded anew
        catalogue.features.push_back(info);
        features.push_back(rowsFrom(copied, "/features/" + info.name));
    }
    std::size_t before = output.columns.size();
    for (const PooledFeatures& pooled : output.features) {
        const std::size_t width = pooled.width, offset = before;
        before += width;
        catalogue.features.push_back({pooled.name, width, pooled.attributes});
        features.push_back(
            [&, width, offset](std::size_t first, std::size_t rowCount, std::span<float> values) {
                for (std::size_t i = 0; i < rowCount; ++i) {
                    const auto one = values.subspan(i * width, width);
                    const BlockPlace& place = places[first + i];
                    if (place.present) // two numbers stand before the matrix, see toBytes
                        blocks.readPart(place.block,
                                        2 * sizeof(std::uint64_t) +
                                            (place.row * numbers + offset) * sizeof(float),
                                        std::as_writable_bytes(one));
                    else
                        std::fill(one.begin(), one.end(), std::numeric_limits<float>::quiet_NaN());
                }
            });
    }
    EncodeSummary summary;
    for (const auto& status : statuses)
        count(summary, status);
    std::erase_if(catalogue.columns.columns, [&](const io::Column& column) {
        return column.name == output.status || column.name == shardRowColumn ||
               std::any_of(output.columns.begin(), output.columns.end(),
                           [&](const StoredColumn& stored) { return stored.name == column.name; });
    });
    for (std::size_t c = 0; c < columnValues.size(); ++c) {
        io::Column column;
        column.name = output.columns[c].name;
        column.unit = output.columns[c].unit;
        column.description = output.columns[c].description;
        column.values = std::move(columnValues[c]);
        catalogue.columns.columns.push_back(std::move(column));
    }
    io::Column status;
    status.name = output.status;
    status.values = std::move(statuses);
    catalogue.columns.columns.push_back(std::move(status));
    if (plan.shardCount > 1) {
        io::Column place;
        place.name = shardRowColumn;
        place.values = std::vector<std::int64_t>(rows.begin(), rows.end());
        catalogue.columns.columns.push_back(std::move(place));
        catalogue.attributes[shardAttribute] =
            std::to_string(plan.shard) + "/" + std::to_string(plan.shardCount);
    }
    catalogue.attributes[totalAttribute] = std::to_string(source.rowCount);
    for (const auto& [name, value] : attributes)
        catalogue.attributes[name] = value;
    writeCatalogue(catalogue, features, samples, out, context);
    return summary;
}

std::vector<Samples> samplesOf(const Catalogue& catalogue) {
    std::vector<std::string> notes; // inspect tells them
    return isCatalogueFile(catalogue.path) ? listSamples(catalogue, notes) : std::vector<Samples>();
}

FeatureRows rowsFrom(std::shared_ptr<const SourceRows> source, std::string dataset) {
    return [source = std::move(source), dataset = std::move(dataset)](std::size_t first, std::size_t count,
                                                                      std::span<float> out) {
        const std::size_t width = out.size() / count;
        const auto places = std::span(source->places).subspan(first, count);
        for (std::size_t i = 0; i < count;) { // neighbours of one file in one read
            std::size_t run = 1;
            while (i + run < count && places[i + run].file == places[i].file &&
                   places[i + run].row == places[i].row + run)
                ++run;
            const auto values = source->files[places[i].file].readFloats(dataset, {places[i].row, run});
            std::copy(values.begin(), values.end(), out.begin() + static_cast<std::ptrdiff_t>(i * width));
            i += run;
        }
    };
}

EncodeSummary summaryOf(const Catalogue& catalogue) {
    EncodeSummary summary;
    if (const io::Column* status = catalogue.columns.find(statusColumn))
        for (std::size_t row = 0; row < status->rows(); ++row)
            count(summary, status->asText(row));
    return summary;
}

} // namespace penumbra::workflow
