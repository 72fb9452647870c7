#pragma once

#include "core/aion/galaxy_batch.h"
#include "core/base/bounded_queue.h"
#include "core/catalogue/matrix.h"
#include "core/catalogue/pixel_reader.h"
#include "core/encoding/plan.h"

#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace penumbra::workflow {

/// Galaxies as read from the files; nothing has been judged yet.
struct ObservedBlock {
    std::size_t number = 0;
    std::vector<std::size_t> rows; ///< of the catalogue
    std::vector<Cutout> images;    ///< [rows] or empty: not asked for
    std::vector<ObservedSpectrum> spectra;
};

/// Reads blocks in a thread of its own, a few ahead of whoever takes them.
class BlockReader {
public:
    struct Wanted {
        std::size_t number;
        std::vector<std::size_t> rows;
    };
    /// @param plan must outlive the reader
    BlockReader(const EncodePlan& plan, std::vector<Wanted> blocks, std::size_t ahead = 2);
    ~BlockReader();
    BlockReader(const BlockReader&) = delete;
    BlockReader& operator=(const BlockReader&) = delete;
    /// The next block; empty after the last. @throws what reading threw
    std::optional<ObservedBlock> next();

private:
    void run(const EncodePlan& plan, const std::vector<Wanted>& blocks, const std::stop_token& stop);
    BoundedQueue<ObservedBlock> queue_;
    std::exception_ptr failure_; ///< written before the queue is closed, read after
    std::jthread thread_;
};

/// A batch for the model and which galaxies of the block are in it.
struct PreparedBatch {
    aion::GalaxyBatch galaxies;
    std::vector<std::size_t> slots;
};

/// What happened to a galaxy: "encoded", "encoded without image: ...", "not encoded: ...".
struct GalaxyStatus {
    bool encoded = true;
    std::string problem;
    std::string text() const;
};

/// Sorts out what cannot be used (statuses is filled, [block.rows]) and packs the rest.
std::vector<PreparedBatch> prepareBatches(const EncodePlan& plan, const ObservedBlock& block,
                                          std::vector<GalaxyStatus>& statuses);

/// Applies problems that the tokenizers found to the statuses of a batch.
void noteProblems(const EncodePlan& plan, const PreparedBatch& batch,
                  const std::vector<aion::RowProblem>& problems, std::vector<GalaxyStatus>& statuses);

/// A finished block: the features of all poolings side by side, and a status a galaxy.
struct EncodedBlock {
    MatrixF features; ///< [rows, poolings * width]; NaN where not encoded
    std::vector<std::string> statuses;
};
std::vector<std::byte> toBytes(const EncodedBlock& block);
EncodedBlock blockFromBytes(std::span<const std::byte> bytes); ///< @throws Error if they are not a block

} // namespace penumbra::workflow
