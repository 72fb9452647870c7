#include "core/repairing/localised.h"

#include "core/base/error.h"
#include "core/study/inputs.h"
#include "core/uq/repairs/localised.h"

namespace penumbra::workflow {

RepairSignal localisedSignal(const RepairRequest& request, const Study& study, const TargetStudy& target,
                             const Catalogue& catalogue) {
    const HeldOut& heldOut = target.heldOut;
    const uq::Signal kernel = uq::localisingKernel({"", request.kind, request.argument()});
    const auto found = heldOut.signals.find(kernel.name());
    if (found == heldOut.signals.end())
        throw Error("The study holds no learned metric of " + target.name + " (" + kernel.name() +
                    "), by which --by rlcp tells which galaxies are alike: run the study with " +
                    (request.space == "aion" ? "LCAion or LCMADAion." : "LCNet or LCMADNet."));
    std::vector<Eigen::Index> calibration, test;
    for (std::size_t i = 0; i < heldOut.rows.size(); ++i)
        (heldOut.isTest[i] ? test : calibration).push_back(static_cast<Eigen::Index>(i));
    const MatrixD& places = found->second;
    const double h = uq::bandwidthFor(places(calibration, Eigen::all), places(test, Eigen::all),
                                      uq::localisedEffectiveRows);
    RepairSignal signal;
    signal.values = uq::localisedSignal(objectKeys(catalogue.objectId, heldOut.rows), h);
    signal.recipe.alpha = study.alpha;
    signal.recipe.localWidth = h;
    return signal;
}

} // namespace penumbra::workflow
