#include "core/base/text.h"
#include "core/uq/uq_method.h"

#include <cmath>

namespace penumbra::uq {

namespace {

const MatrixD& signalMatrix(const Evidence& evidence, const Signal& signal) {
    const auto found = evidence.heldOut->signals.find(signal.name());
    if (found == evidence.heldOut->signals.end()) {
        std::vector<std::string> names;
        for (const auto& entry : evidence.heldOut->signals)
            names.push_back(entry.first);
        throw Error("Target '" + evidence.target + "' has no signal '" + signal.name() +
                    "' (it has: " + (names.empty() ? "none" : joinText(names, ", ")) +
                    "); run the study with the methods that need it");
    }
    const MatrixD& matrix = found->second;
    const std::size_t rows = evidence.heldOut->rows.size();
    if (static_cast<std::size_t>(matrix.rows()) != rows || matrix.cols() == 0)
        throw Error("Signal '" + signal.name() + "' of target '" + evidence.target + "' is " +
                    std::to_string(matrix.rows()) + " x " + std::to_string(matrix.cols()) +
                    ", but there are " + std::to_string(rows) + " held-out rows");
    return matrix;
}

[[noreturn]] void throwNotFinite(const Evidence& evidence, const Signal& signal, std::size_t row) {
    throw Error("Signal '" + signal.name() + "' of target '" + evidence.target +
                "' is not finite at catalogue row " + std::to_string(evidence.heldOut->rows[row]) +
                "; leave such rows out of the study");
}

MatrixD pickRows(const Evidence& evidence, const Signal& signal, const std::vector<std::size_t>& index) {
    const MatrixD& matrix = signalMatrix(evidence, signal);
    MatrixD picked(static_cast<Eigen::Index>(index.size()), matrix.cols());
    for (std::size_t i = 0; i < index.size(); ++i) {
        const auto row = matrix.row(static_cast<Eigen::Index>(index[i]));
        if (!row.allFinite())
            throwNotFinite(evidence, signal, index[i]);
        picked.row(static_cast<Eigen::Index>(i)) = row;
    }
    return picked;
}

std::vector<double> pickFirstColumn(const Evidence& evidence, const Signal& signal,
                                    const std::vector<std::size_t>& index) {
    const MatrixD& matrix = signalMatrix(evidence, signal);
    std::vector<double> values;
    values.reserve(index.size());
    for (const std::size_t i : index) {
        values.push_back(matrix(static_cast<Eigen::Index>(i), 0));
        if (std::isnan(values.back()) || (std::isinf(values.back()) && !signal.mayBeInfinite()))
            throwNotFinite(evidence, signal, i);
    }
    return values;
}

} // namespace

std::vector<double> Evidence::calibration(const Signal& signal) const {
    return pickFirstColumn(*this, signal, calibrationIndex);
}

std::vector<double> Evidence::test(const Signal& signal) const {
    return pickFirstColumn(*this, signal, testIndex);
}

std::vector<double> Evidence::testTruth() const {
    std::vector<double> truth;
    truth.reserve(testIndex.size());
    for (const std::size_t i : testIndex)
        truth.push_back(heldOut->truth[i]);
    return truth;
}

MatrixD Evidence::calibrationMatrix(const Signal& signal) const {
    return pickRows(*this, signal, calibrationIndex);
}

MatrixD Evidence::testMatrix(const Signal& signal) const {
    return pickRows(*this, signal, testIndex);
}

Evidence makeEvidence(const std::string& target, const std::string& unit, const HeldOut& heldOut) {
    const std::size_t rows = heldOut.rows.size();
    if (heldOut.isTest.size() != rows || heldOut.truth.size() != rows)
        throw Error("The held-out rows of target '" + target + "' are ragged: " + std::to_string(rows) +
                    " rows, " + std::to_string(heldOut.isTest.size()) + " roles, " +
                    std::to_string(heldOut.truth.size()) + " truths");
    Evidence evidence;
    evidence.target = target;
    evidence.unit = unit;
    evidence.heldOut = &heldOut;
    for (std::size_t i = 0; i < rows; ++i) {
        if (heldOut.isTest[i]) {
            evidence.testIndex.push_back(i);
            continue;
        }
        if (!std::isfinite(heldOut.truth[i]))
            throw Error("The calibration truth of target '" + target + "' is not finite at catalogue row " +
                        std::to_string(heldOut.rows[i]) +
                        "; leave rows without a label out of the calibration set");
        evidence.calibrationIndex.push_back(i);
        evidence.calibrationTruth.push_back(heldOut.truth[i]);
    }
    return evidence;
}

} // namespace penumbra::uq
