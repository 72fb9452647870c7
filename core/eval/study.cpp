#include "core/eval/study.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>

namespace penumbra {

namespace {

template <typename T>
std::vector<T> onTestRows(const HeldOut& heldOut, const std::vector<T>& values) {
    std::vector<T> picked;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (heldOut.isTest[i])
            picked.push_back(values[i]);
    return picked;
}

} // namespace

std::string TargetStudy::axisLabel() const {
    const std::string text = label.empty() ? name : label;
    return unit.empty() ? text : text + ", " + unit;
}

std::vector<double> TargetStudy::testTruth() const {
    return onTestRows(heldOut, heldOut.truth);
}

std::vector<std::int64_t> TargetStudy::testRows() const {
    return onTestRows(heldOut, heldOut.rows);
}

std::vector<double> TargetStudy::basePrediction() const {
    const auto found = heldOut.signals.find("mean");
    if (found == heldOut.signals.end())
        return {};
    const MatrixD& mean = found->second;
    if (static_cast<std::size_t>(mean.rows()) != heldOut.isTest.size() || mean.cols() < 1)
        throw Error("Signal 'mean' of target '" + name + "' has " + std::to_string(mean.rows()) +
                    " rows, but there are " + std::to_string(heldOut.isTest.size()) + " held-out rows");
    std::vector<double> picked;
    for (std::size_t i = 0; i < heldOut.isTest.size(); ++i)
        if (heldOut.isTest[i])
            picked.push_back(mean(static_cast<Eigen::Index>(i), 0));
    return picked;
}

const Prediction* TargetStudy::prediction(const std::string& method) const {
    const auto found = std::find_if(predictions.begin(), predictions.end(),
                                    [&](const Prediction& p) { return p.method == method; });
    return found == predictions.end() ? nullptr : &*found;
}

const CalibrationPart* TargetStudy::calibrationPart(const std::string& method) const {
    const auto found = calibrationParts.find(method);
    return found == calibrationParts.end() ? nullptr : found->second.get();
}

bool TargetStudy::canDrawCalibration(const std::string& method) const {
    const CalibrationPart* part = calibrationPart(method);
    return part != nullptr && part->canBeDrawn();
}

const Score* Study::score(const std::string& target, const std::string& method, const std::string& metric,
                          const std::string& convention) const {
    const Score* other = nullptr;
    for (const Score& score : scores) {
        // the worst bin and the tail name what they are conditioned on; binned scores have ids of their own
        if (score.target != target || score.method != method || score.metric != metric)
            continue;
        if (score.convention == convention)
            return &score;
        other = &score;
    }
    return other;
}

const TargetStudy& Study::target(const std::string& name) const {
    std::vector<std::string> names;
    for (const TargetStudy& target : targets) {
        if (target.name == name)
            return target;
        names.push_back(target.name);
    }
    throw Error("The study has no target '" + name + "'; its targets are: " + joinText(names, ", "));
}

} // namespace penumbra
