#pragma once

#include "core/encoding/blocks.h"
#include "core/encoding/encoder.h"
#include "core/io/record_file.h"

#include <functional>

namespace penumbra::workflow {

using EncodeBatch = std::function<EncodedBatch(const aion::GalaxyBatch&, const RunContext&)>;

/// Runs the model over what the reader brings. Features of galaxies that cannot be used are NaN.
EncodedBlock encodeBlock(const EncodePlan& plan, const ObservedBlock& block, std::size_t columns,
                         const EncodeBatch& encode, const RunContext& context);

/// Encodes every block that `records` does not hold yet and appends it; reads ahead meanwhile. Stops between
/// batches when asked to (@throws Cancelled); finished blocks stay in the file.
/// @returns galaxies encoded now, and the seconds it took
struct EncodePace {
    std::size_t galaxies = 0;
    double seconds = 0.0;
};
EncodePace encodeBlocks(const EncodePlan& plan, std::size_t columns, const EncodeBatch& encode,
                        io::RecordFile& records, const RunContext& context);

/// A run that failed before its first block leaves no file behind.
template <typename File>
class RemoveIfEmpty {
public:
    explicit RemoveIfEmpty(File& file) : file_(file) {}
    ~RemoveIfEmpty() {
        if (file_.size() == 0)
            file_.remove();
    }
    RemoveIfEmpty(const RemoveIfEmpty&) = delete;
    RemoveIfEmpty& operator=(const RemoveIfEmpty&) = delete;

private:
    File& file_;
};

} // namespace penumbra::workflow
