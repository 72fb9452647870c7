#include "core/session/study_state.h"

#include <algorithm>

namespace penumbra::session {

namespace {

std::string groupOf(const std::string& target) {
    return "/state/targets/" + target;
}

void writeSignal(io::Hdf5File& file, const std::string& name, const MatrixD& signal) {
    const auto rows = static_cast<std::size_t>(signal.rows());
    const auto width = static_cast<std::size_t>(signal.cols());
    const std::span<const double> values(signal.data(), rows * width);
    if (width == 1) {
        file.writeReals(name, values);
        return;
    }
    // Embeddings come from float32 networks: nothing is lost.
    file.writeFloats(name, std::vector<float>(values.begin(), values.end()), {rows, width});
}

template <class Values>
void addColumn(io::Table& table, const char* name, Values values) {
    io::Column column;
    column.name = name;
    column.values = std::move(values);
    table.columns.push_back(std::move(column));
}

void writeTraining(io::Hdf5File& file, const std::vector<TrainingPoint>& points) {
    if (points.empty())
        return;
    std::vector<std::string> network;
    std::vector<std::int64_t> epoch;
    std::vector<double> trainLoss, validationLoss, r2;
    for (const TrainingPoint& point : points) {
        network.push_back(point.network);
        epoch.push_back(point.epoch);
        trainLoss.push_back(point.trainLoss);
        validationLoss.push_back(point.validationLoss);
        r2.push_back(point.r2);
    }
    io::Table table;
    addColumn(table, "network", std::move(network));
    addColumn(table, "epoch", std::move(epoch));
    addColumn(table, "train_loss", std::move(trainLoss));
    addColumn(table, "validation_loss", std::move(validationLoss));
    addColumn(table, "r2", std::move(r2));
    file.writeCompound("/state/training", table);
}

void writeKernels(io::Hdf5File& file, const std::vector<KernelFacts>& kernels) {
    if (kernels.empty())
        return;
    std::vector<std::string> target, space;
    std::vector<std::int64_t> iterations, best, rows, reached;
    std::vector<double> r2, scale, before, after;
    for (const KernelFacts& kernel : kernels) {
        target.push_back(kernel.target);
        space.push_back(kernel.space);
        iterations.push_back(kernel.iterations);
        best.push_back(kernel.bestIteration);
        r2.push_back(kernel.r2);
        scale.push_back(kernel.scale);
        before.push_back(kernel.infiniteBefore);
        after.push_back(kernel.infiniteAfter);
        rows.push_back(kernel.guardRows);
        reached.push_back(kernel.guardReached ? 1 : 0);
    }
    io::Table table;
    addColumn(table, "target", std::move(target));
    addColumn(table, "space", std::move(space));
    addColumn(table, "iterations", std::move(iterations));
    addColumn(table, "best_iteration", std::move(best));
    addColumn(table, "r2", std::move(r2));
    addColumn(table, "scale", std::move(scale));
    addColumn(table, "infinite_before", std::move(before));
    addColumn(table, "infinite_after", std::move(after));
    addColumn(table, "guard_rows", std::move(rows));
    addColumn(table, "guard_reached", std::move(reached));
    file.writeCompound("/state/kernels", table);
}

void writeLocalGrids(io::Hdf5File& file, const TargetStudy& target) {
    for (const auto& [method, grid] : target.local) {
        const std::string group = groupOf(target.name) + "/local/" + method;
        file.writeReals(group + "/alphas", grid->alphas);
        file.writeReals(group + "/quantiles", grid->quantiles, {grid->effective.size(), grid->alphas.size()});
        file.writeReals(group + "/effective", grid->effective);
    }
}

void checkLength(const io::Hdf5File& file, const std::string& object, std::size_t found, std::size_t wanted) {
    if (found != wanted)
        throw Error(file.path().string() + ": " + object + " has " + std::to_string(found) + " rows where " +
                    std::to_string(wanted) + " were expected. The file is damaged; run the study again.");
}

MatrixD readSignal(const io::Hdf5File& file, const std::string& object, std::size_t rows) {
    const io::Hdf5Entry entry = file.describe(object);
    checkLength(file, object, entry.rows(), rows);
    const auto values = file.readReals(object);
    MatrixD signal(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(entry.rowWidth()));
    checkLength(file, object, values.size(), static_cast<std::size_t>(signal.size()));
    std::copy(values.begin(), values.end(), signal.data());
    return signal;
}

void readArrays(const io::Hdf5File& file, const std::string& prefix, std::vector<StoredArray>& arrays) {
    const std::string root = "/state/networks/";
    for (const io::Hdf5Entry& entry : file.list(root + prefix)) {
        const std::string name = prefix + entry.name;
        if (entry.isGroup) {
            readArrays(file, name + "/", arrays);
            continue;
        }
        StoredArray array{name, std::vector<std::int64_t>(entry.shape.begin(), entry.shape.end()),
                          file.readFloats(root + name), file.textListAttribute(root + name, "networks")};
        array.attributes = file.attributesAsText(root + name);
        array.attributes.erase("networks");
        arrays.push_back(std::move(array));
    }
}

} // namespace

void writeState(io::Hdf5File& file, const Study& study, const std::vector<StoredArray>& networks,
                const RunContext& context) {
    file.createGroup("/state");
    file.setAttribute("/state", "version", stateVersion);
    for (const TargetStudy& target : study.targets) {
        const std::string group = groupOf(target.name);
        file.writeIntegers(group + "/rows", target.heldOut.rows);
        file.writeBytes(group + "/is_test", target.heldOut.isTest);
        file.writeReals(group + "/truth", target.heldOut.truth);
        file.setAttribute(group, "residual_floor", target.heldOut.residualFloor);
        file.createGroup(group + "/signals");
        for (const auto& [name, signal] : target.heldOut.signals) {
            context.checkStop();
            writeSignal(file, group + "/signals/" + name, signal);
        }
        writeLocalGrids(file, target);
    }
    writeKernels(file, study.kernels);
    writeTraining(file, study.training);
    for (const StoredArray& array : networks) {
        context.checkStop();
        const std::string object = "/state/networks/" + array.name;
        file.writeFloats(object, array.values, io::Shape(array.shape.begin(), array.shape.end()));
        if (!array.networks.empty())
            file.setAttribute(object, "networks", array.networks);
        for (const auto& [name, text] : array.attributes)
            file.setAttribute(object, name, text);
    }
}

bool readStateVersion(const io::Hdf5File& file, std::vector<std::string>& notes) {
    const std::string consequence =
        ": metrics and intervals can be read, but not recalibrated for another alpha.";
    if (!file.isGroup("/state")) {
        notes.push_back("The study file holds no /state" + consequence);
        return false;
    }
    const auto version = file.integerAttribute("/state", "version");
    if (version == stateVersion)
        return true;
    notes.push_back("The study file's /state has version " +
                    (version ? std::to_string(*version) : "unknown") + ", this program knows " +
                    std::to_string(stateVersion) + consequence);
    return false;
}

HeldOut readHeldOut(const io::Hdf5File& file, const std::string& target) {
    const std::string group = groupOf(target);
    HeldOut heldOut;
    heldOut.rows = file.readIntegers(group + "/rows");
    const std::size_t rows = heldOut.rows.size();
    heldOut.isTest = file.readBytes(group + "/is_test");
    checkLength(file, group + "/is_test", heldOut.isTest.size(), rows);
    heldOut.truth = file.readReals(group + "/truth");
    checkLength(file, group + "/truth", heldOut.truth.size(), rows);
    heldOut.residualFloor = file.realAttribute(group, "residual_floor").value_or(referenceResidualFloor);
    if (file.isGroup(group + "/signals"))
        for (const io::Hdf5Entry& entry : file.list(group + "/signals"))
            heldOut.signals[entry.name] = readSignal(file, group + "/signals/" + entry.name, rows);
    return heldOut;
}

std::map<std::string, std::shared_ptr<const LocalGrid>> readLocalGrids(const io::Hdf5File& file,
                                                                       const TargetStudy& target) {
    std::map<std::string, std::shared_ptr<const LocalGrid>> grids;
    const std::string root = groupOf(target.name) + "/local";
    if (!file.isGroup(root))
        return grids;
    for (const io::Hdf5Entry& entry : file.list(root)) {
        const std::string group = root + "/" + entry.name;
        auto grid = std::make_shared<LocalGrid>();
        grid->alphas = file.readReals(group + "/alphas");
        grid->effective = file.readReals(group + "/effective");
        grid->quantiles = file.readReals(group + "/quantiles");
        checkLength(file, group + "/effective", grid->effective.size(), target.heldOut.testCount());
        checkLength(file, group + "/quantiles", grid->quantiles.size(),
                    grid->effective.size() * grid->alphas.size());
        grids[entry.name] = std::move(grid);
    }
    return grids;
}

std::vector<KernelFacts> readKernels(const io::Hdf5File& file) {
    std::vector<KernelFacts> kernels;
    if (!file.isDataset("/state/kernels"))
        return kernels;
    const io::Table table = file.readCompound("/state/kernels");
    const auto integer = [&](const char* name, std::size_t row) {
        return static_cast<std::int64_t>(table.at(name).asReal(row));
    };
    for (std::size_t row = 0; row < table.rows(); ++row) {
        KernelFacts kernel;
        kernel.target = table.at("target").asText(row);
        kernel.space = table.at("space").asText(row);
        kernel.iterations = integer("iterations", row);
        kernel.bestIteration = integer("best_iteration", row);
        kernel.r2 = table.at("r2").asReal(row);
        kernel.scale = table.at("scale").asReal(row);
        kernel.infiniteBefore = table.at("infinite_before").asReal(row);
        kernel.infiniteAfter = table.at("infinite_after").asReal(row);
        kernel.guardRows = integer("guard_rows", row);
        kernel.guardReached = integer("guard_reached", row) != 0;
        kernels.push_back(std::move(kernel));
    }
    return kernels;
}

std::vector<TrainingPoint> readTraining(const io::Hdf5File& file) {
    if (!file.isDataset("/state/training"))
        return {};
    const io::Table table = file.readCompound("/state/training");
    const io::Column& network = table.at("network");
    const io::Column& epoch = table.at("epoch");
    const io::Column& trainLoss = table.at("train_loss");
    const io::Column& validationLoss = table.at("validation_loss");
    const io::Column& r2 = table.at("r2");
    std::vector<TrainingPoint> points;
    for (std::size_t row = 0; row < table.rows(); ++row)
        points.push_back({network.asText(row), static_cast<std::int64_t>(epoch.asReal(row)),
                          trainLoss.asReal(row), validationLoss.asReal(row), r2.asReal(row)});
    return points;
}

std::vector<StoredArray> readNetworks(const std::filesystem::path& path, const RunContext& context) {
    context.checkStop();
    const io::Hdf5File file = io::Hdf5File::openForReading(path);
    std::vector<std::string> notes;
    std::vector<StoredArray> arrays;
    if (readStateVersion(file, notes) && file.isGroup("/state/networks"))
        readArrays(file, "", arrays);
    return arrays;
}

} // namespace penumbra::session
