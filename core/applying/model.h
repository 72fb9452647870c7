#pragma once

#include "core/base/option_set.h"
#include "core/base/run_context.h"
#include "core/eval/study.h"
#include "core/io/table.h"
#include "core/study/inputs.h"
#include "core/study/options.h"
#include "core/study/own_galaxies.h"
#include "core/study/repair_recipes.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// Some rows of galaxies without labels.
struct NewRows {
    io::Column ids;
    MatrixF features;                                   ///< [rows, D]; no columns with prediction columns
    std::map<std::string, std::vector<double>> columns; ///< those that PredictModel::columns names
    io::Table described; ///< those of PredictModel::describing that are there, by RecipeInput::key()
    std::size_t size() const { return ids.rows(); }
};

/// Intervals of some rows of new galaxies.
struct NewPredictions {
    /// 1: an input is missing, infinite, or too large for the networks; all numbers of the row are NaN.
    std::vector<std::uint8_t> unusable;
    /// 1: of a repaired method nobody knows the group or weight of this galaxy; its interval is infinite.
    std::vector<std::uint8_t> ungrouped;
    /// 1: the study was trained, or else calibrated, on this very galaxy: no guarantee holds for it.
    std::vector<std::uint8_t> trainedOn, calibratedOn;
    struct OfTarget {
        std::string name;
        std::vector<double> base;            ///< the base head's prediction (or the prediction column)
        std::vector<Prediction> predictions; ///< a method each
    };
    std::vector<OfTarget> targets;
};

/// All it takes to put a study's error bars on galaxies that it has not seen: its networks, learned metrics
/// and calibration rows. A galaxy's intervals depend on its inputs, its id (dropout masks) and the study
/// alone, to the last bit on the CPU that the study ran on: not on the galaxies beside it.
class PredictModel {
public:
    /// @param study as its file has it @param arrays those of its file
    /// @param chosen options targets, methods (empty: all) and, if given, alpha
    /// @throws Error where the file does not keep what it takes, saying what to do; UsageError for names that
    /// the study does not have
    PredictModel(Study study, const std::vector<session::StoredArray>& arrays, const OptionSet& chosen);
    ~PredictModel();
    PredictModel(PredictModel&&) noexcept;

    /// Cut to what was chosen, without its test rows.
    const Study& study() const { return study_; }
    const std::vector<HeldOut>& calibration() const { return calibration_; } ///< a target
    const StudyInputs& inputs() const { return inputs_; }
    double alpha() const { return alpha_; }
    /// Whether the study file tells which galaxies it was trained and calibrated on; older ones do not.
    bool knowsOwn() const { return own_.isKnown(); }
    const std::vector<std::string>& notes() const { return notes_; } ///< worth telling
    bool takesFeatures() const { return sources_.empty(); }
    /// Columns that predictions made elsewhere are taken from; empty where networks predict.
    std::vector<std::string> columns() const;
    /// What groups and weights of repaired methods go by, beside the study's own features. Galaxies without
    /// them have infinite intervals of these methods.
    std::vector<uq::RecipeInput> describing() const;
    bool hasRepairs() const { return !repairs_.empty(); }
    LabelRange labelRange(const std::string& target) const;

    /// Of predictions made elsewhere: a target's signals as they come from columns.
    std::vector<std::map<std::string, MatrixD>> sourceSignals(const NewRows& rows) const;
    NewPredictions predict(const NewRows& rows, const RunContext& context) const;
    /// Sets trainedOn and calibratedOn, as predict does.
    void markOwn(const NewRows& rows, NewPredictions& result) const;

private:
    struct Networks; ///< predict_networks.h
    using Signals = std::map<std::string, MatrixD>;
    std::vector<Prediction> intervals(std::size_t target, const Signals& signals,
                                      const RunContext& context) const;
    std::vector<uq::Signal> wantedSignals() const;
    void leaveOutUnknown(const OptionSet& chosen);
    HeldOut withNewRows(std::size_t target, const Signals& signals, std::size_t count) const;

    // repairs.cpp
    void findRepairs();
    const uq::RepairRecipe& recipeOf(std::size_t target, const uq::RepairedId& repair) const;
    /// Groups and weights of new rows that have all other signals.
    void addRepairSignals(std::size_t target, const NewRows& rows, Signals& signals,
                          std::vector<std::uint8_t>& ungrouped, const RunContext& context) const;
    std::vector<double> widthsFor(std::size_t target, const uq::RepairedId& repair, const Signals& signals,
                                  std::size_t count, const RunContext& context) const;

    Study study_;
    OptionSet options_; ///< the study's own
    double trainedAlpha_ = 0.1, alpha_ = 0.1;
    std::vector<std::string> notes_;
    StudyInputs inputs_;
    OwnGalaxies own_;
    std::map<std::string, SourceColumns> sources_;
    RepairRecipes recipes_;
    std::vector<uq::RepairedId> repairs_; ///< of the methods, one a stored signal
    std::vector<uq::Signal> signals_;     ///< what the methods need, beside groups and weights
    std::vector<HeldOut> calibration_;    ///< a target: its calibration rows, with those signals
    std::unique_ptr<Networks> networks_;
};

} // namespace penumbra::workflow
