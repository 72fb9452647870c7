#pragma once

#include "core/catalogue/catalogue.h"
#include "core/session/study_file.h"
#include "core/uq/signal.h"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// The range that holds the middle 98 % of labels; a prediction beyond it is an extrapolation.
struct LabelRange {
    double low = 0.0, high = 0.0;
};

/// What a study knows of its networks' inputs beside the networks, so that new galaxies can be given to them
/// and held against the old ones. Kept among the study file's arrays, so that every copy of a study has it.
struct StudyInputs {
    static constexpr std::size_t mostReferenceRows = 2000, mostTrainingRows = 4000;
    std::string features;                          ///< empty: predictions made elsewhere
    std::size_t width = 0;                         ///< of the features
    std::map<std::string, std::string> attributes; ///< of the features: columns, source, asinh_softening ...
    std::string importMapping;  ///< TOML of the catalogue's import; empty: none, or too long to keep
    bool masksByObject = false; ///< dropout masks go with object ids; older files: with rows
    MatrixF reference;          ///< [R, D] features of calibration galaxies drawn at random
    MatrixF training;           ///< [T, D] of training galaxies
    std::map<std::string, LabelRange> labelRange; ///< by target, of the training labels
};

/// Names, width and import of a catalogue's features. @param features "" for none
StudyInputs inputsOf(const Catalogue& catalogue, const std::string& features);
std::vector<session::StoredArray> toArrays(const StudyInputs& inputs);
/// What the arrays of a study file tell; of an older file: the width of its networks.
/// @throws Error for arrays of a newer version.
StudyInputs inputsFrom(std::span<const session::StoredArray> arrays);

/// 1st and 99th percentile of the finite values (0 and 0 for none).
LabelRange centralRange(std::vector<double> values);
/// Whether a catalogue row is among the calibration rows. @param heldOut its rows ascend
bool calibratesOn(const HeldOut& heldOut, std::int64_t row);

/// What dropout masks are drawn from: a hash of each galaxy's id as text, so that neither its place nor the
/// type of the column matters.
std::vector<std::uint64_t> objectKeys(const io::Column& ids, std::span<const std::int64_t> rows);

/// Of the networks of CVPlus: their folder in the study file, and their names. @param left which fold they
/// have not seen, from 0
inline constexpr const char* calibrationFoldFolder = "calibration_folds";
std::string calibrationFoldName(const std::string& target, int left);
/// Of the masks of one target. @param signal a DropoutMean
std::uint64_t dropoutSeed(std::uint64_t studySeed, const std::string& target, const uq::Signal& signal);

} // namespace penumbra::workflow
