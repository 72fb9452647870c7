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
    const auto put = [&](const char* name, io::Column::Values values) {
        io::Column column;
        column.name = name;
        column.values = std::move(values);
        table.columns.push_back(std::move(column));
    };
    put("network", std::move(network));
    put("epoch", std::move(epoch));
    put("train_loss", std::move(trainLoss));
    put("validation_loss", std::move(validationLoss));
    put("r2", std::move(r2));
    file.writeCompound("/state/training", table);
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
        arrays.push_back({name, std::vector<std::int64_t>(entry.shape.begin(), entry.shape.end()),
                          file.readFloats(root + name), file.textListAttribute(root + name, "networks")});
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
        file.createGroup(group + "/signals");
        for (const auto& [name, signal] : target.heldOut.signals) {
            context.checkStop();
            writeSignal(file, group + "/signals/" + name, signal);
        }
    }
    writeTraining(file, study.training);
    for (const StoredArray& array : networks) {
        context.checkStop();
        const std::string object = "/state/networks/" + array.name;
        file.writeFloats(object, array.values, io::Shape(array.shape.begin(), array.shape.end()));
        if (!array.networks.empty())
            file.setAttribute(object, "networks", array.networks);
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
    if (file.isGroup(group + "/signals"))
        for (const io::Hdf5Entry& entry : file.list(group + "/signals"))
            heldOut.signals[entry.name] = readSignal(file, group + "/signals/" + entry.name, rows);
    return heldOut;
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
