#include "gui/documents/confirm_work.h"

#include "core/base/error.h"
#include "core/eval/confirmation.h"
#include "core/study/calibration_parts.h"
#include "core/workflow/regions.h"

#include <nlohmann/json.hpp>

namespace penumbra::gui {

ConfirmWork::ConfirmWork(JobBridge& bridge, QObject* parent) : QObject(parent), task_(bridge, this) {}

void ConfirmWork::begin(const ViewState& state, const std::string& subset) {
    if (task_.running())
        throw Error("A selection is being tested: wait for it first.");
    const Subset* named = state.subset(subset);
    const RowMask rows = named != nullptr ? named->rows : state.selection.rows;
    const std::string what = named != nullptr                ? "Subset " + subset
                             : state.selection.where.empty() ? std::string("The region drawn")
                                                             : state.selection.where;
    const auto work = [this, study = state.study, target = state.target, methods = state.finishedMethods(),
                       rows, what](RunContext& context) -> Delivery {
        Study judged = *study;
        workflow::addCalibrationParts(judged); // whose scatter the p-values hold
        context.checkStop();
        RegionOptions options;
        options.seed = judged.seed;
        const auto confirmation = std::make_shared<const Confirmation>(
            confirmChosen(judged.target(target), methods, rows, what, options));
        return [this, confirmation] {
            json_ = std::make_shared<const nlohmann::json>(workflow::toJson(*confirmation));
            Q_EMIT told(QString::fromStdString(inWords(*confirmation)));
        };
    };
    task_.start({tr("Test the selection"), jobs::Lane::Io, false}, work, [this](const JobEnd& end) {
        if (end.failed())
            Q_EMIT failed(end.error);
    });
}

nlohmann::json ConfirmWork::report() const {
    return json_ ? *json_ : nlohmann::json();
}

} // namespace penumbra::gui
