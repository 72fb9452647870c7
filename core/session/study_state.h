#pragma once

#include "core/io/hdf5_file.h"
#include "core/session/study_file.h"

namespace penumbra::session {

/// The part of a study file that is ours: /state, with attribute version. Any other reader may ignore it.
///   /state/targets/T/{rows,is_test,truth}, /state/targets/T/signals/NAME (float64 [n] or float32 [n, k])
///   /state/targets/T/local/METHOD/{alphas [a], quantiles [test rows, a], effective}: local
///   methods /state/kernels (compound): their learned metrics, the guard's factor /state/training (compound),
///   /state/networks/** (float32 arrays): heads, residual nets, learned metrics, and what tells new galaxies'
///   inputs apart; workflow/study_inputs.h knows their meaning and version
inline constexpr std::int64_t stateVersion = 1;

void writeState(io::Hdf5File& file, const Study& study, const std::vector<StoredArray>& networks,
                const RunContext& context);

/// True if /state is there and this version knows it; otherwise a note says what cannot be done.
bool readStateVersion(const io::Hdf5File& file, std::vector<std::string>& notes);
/// @throws Error naming file and dataset if lengths disagree.
HeldOut readHeldOut(const io::Hdf5File& file, const std::string& target);
std::map<std::string, std::shared_ptr<const LocalGrid>> readLocalGrids(const io::Hdf5File& file,
                                                                       const TargetStudy& target);
std::vector<KernelFacts> readKernels(const io::Hdf5File& file);
std::vector<TrainingPoint> readTraining(const io::Hdf5File& file);

} // namespace penumbra::session
