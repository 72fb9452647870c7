#include "core/encoding/blocks.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/encoding/one_galaxy.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace penumbra::workflow {

namespace {

/// Gathers the galaxies of one batch; slots are places in the block, rows places in the batch.
class BatchBuilder {
public:
    BatchBuilder(const EncodePlan& plan, const ObservedBlock& block, std::span<const std::size_t> slots,
                 const std::vector<std::uint8_t>& useImage, const std::vector<std::uint8_t>& useSpectrum)
        : plan_(plan), block_(block) {
        batch_.slots.assign(slots.begin(), slots.end());
        batch_.galaxies.rowCount = slots.size();
        for (const std::size_t slot : slots)
            batch_.galaxies.numbers.push_back(block.rows[slot]);
        addScalars();
        addLists();
        for (std::size_t row = 0; row < slots.size(); ++row) {
            if (!block.images.empty() && useImage[slots[row]])
                addImage(row, block.images[slots[row]]);
            if (!block.spectra.empty() && useSpectrum[slots[row]])
                addSpectrum(row, block.spectra[slots[row]]);
        }
        for (auto& spectra : batch_.galaxies.spectra)
            shareWavelengths(spectra);
    }
    PreparedBatch take() { return std::move(batch_); }

private:
    void addScalars() {
        for (const auto& name : plan_.scalars) {
            aion::ScalarInput input;
            input.name = name;
            for (const std::size_t slot : batch_.slots)
                input.values.push_back(static_cast<float>(plan_.scalarAt(name, block_.rows[slot])));
            batch_.galaxies.scalars.push_back(std::move(input));
        }
    }

    void addLists() {
        for (const EncodeList& list : plan_.lists) {
            aion::ListInput input;
            input.name = list.key;
            input.width = static_cast<std::size_t>(list.values.cols());
            for (const std::size_t slot : batch_.slots) {
                const auto row = list.values.row(static_cast<Eigen::Index>(block_.rows[slot]));
                input.values.insert(input.values.end(), row.data(), row.data() + row.size());
            }
            batch_.galaxies.lists.push_back(std::move(input));
        }
    }

    /// Images of one survey and one list of bands go together.
    void addImage(std::size_t row, const Cutout& cutout) {
        auto& images = batch_.galaxies.images;
        auto found = std::find_if(images.begin(), images.end(),
                                  [&](const aion::ImageInput& input) { return input.bands == cutout.bands; });
        if (found == images.end()) {
            aion::ImageInput input;
            input.key = isHsc(cutout.bands.front()) ? "tok_image_hsc" : "tok_image";
            input.bands = cutout.bands;
            input.height = cutout.height;
            input.width = cutout.width;
            found = images.insert(images.end(), std::move(input));
        }
        found->flux.insert(found->flux.end(), cutout.flux.begin(), cutout.flux.end());
        found->rows.push_back(row);
    }

    void addSpectrum(std::size_t row, const ObservedSpectrum& spectrum) {
        auto& spectra = batch_.galaxies.spectra;
        auto found = std::find_if(spectra.begin(), spectra.end(), [&](const aion::SpectrumInput& input) {
            return input.pixels == spectrum.flux.size();
        });
        if (found == spectra.end()) {
            aion::SpectrumInput input;
            input.key = plan_.spectrumKey;
            input.pixels = spectrum.flux.size();
            found = spectra.insert(spectra.end(), std::move(input));
        }
        found->flux.insert(found->flux.end(), spectrum.flux.begin(), spectrum.flux.end());
        found->ivar.insert(found->ivar.end(), spectrum.ivar.begin(), spectrum.ivar.end());
        found->mask.insert(found->mask.end(), spectrum.bad.begin(), spectrum.bad.end());
        found->wavelength.insert(found->wavelength.end(), spectrum.wavelength.begin(),
                                 spectrum.wavelength.end());
        found->rows.push_back(row);
    }

    /// One grid for all where all have the same.
    static void shareWavelengths(aion::SpectrumInput& input) {
        const auto first = input.wavelength.begin();
        const auto pixels = static_cast<std::ptrdiff_t>(input.pixels);
        for (auto at = first; at != input.wavelength.end(); at += pixels)
            if (!std::equal(at, at + pixels, first))
                return;
        input.wavelength.resize(input.pixels);
    }

    const EncodePlan& plan_;
    const ObservedBlock& block_;
    PreparedBatch batch_;
};

void addProblem(GalaxyStatus& status, const std::string& modality, const std::string& what) {
    status.problem += (status.problem.empty() ? "" : "; ") + modality + ": " + what;
}

/// The survey of the image must be the one whose tokenizer was chosen.
std::string imageProblem(const EncodePlan& plan, const Cutout& cutout) {
    std::string problem = problemOf(cutout, cropPixels);
    if (problem.empty() && isHsc(cutout.bands.front()) != (plan.imageKey == "tok_image_hsc"))
        problem = "its bands (" + joinText(cutout.bands, ", ") + ") belong to another survey";
    return problem;
}

template <typename T>
void put(std::vector<std::byte>& bytes, const T* values, std::size_t count) {
    const std::size_t before = bytes.size();
    bytes.resize(before + count * sizeof(T));
    if (count > 0)
        std::memcpy(bytes.data() + before, values, count * sizeof(T));
}

class ByteReader {
public:
    explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
    void get(void* to, std::size_t count) {
        if (count > bytes_.size())
            throw Error("a finished block is shorter than it says");
        std::memcpy(to, bytes_.data(), count);
        bytes_ = bytes_.subspan(count);
    }
    std::uint64_t number() {
        std::uint64_t value = 0;
        get(&value, sizeof value);
        return value;
    }
    std::size_t left() const { return bytes_.size(); }

private:
    std::span<const std::byte> bytes_;
};

} // namespace

BlockReader::BlockReader(const EncodePlan& plan, std::vector<Wanted> blocks, std::size_t ahead)
    : queue_(ahead), thread_([this, &plan, blocks = std::move(blocks)](const std::stop_token& stop) {
          run(plan, blocks, stop);
      }) {}

BlockReader::~BlockReader() {
    thread_.request_stop();
    queue_.close();
}

void BlockReader::run(const EncodePlan& plan, const std::vector<Wanted>& blocks,
                      const std::stop_token& stop) {
    try {
        PixelReader pixels(plan.inputs, cropPixels);
        for (const Wanted& wanted : blocks) {
            if (stop.stop_requested())
                break;
            ObservedBlock block{wanted.number, wanted.rows, {}, {}};
            if (!plan.imageKey.empty())
                block.images = pixels.images(block.rows);
            if (!plan.spectrumKey.empty())
                block.spectra = pixels.spectra(block.rows);
            if (!queue_.push(std::move(block)))
                break;
        }
    } catch (...) {
        failure_ = std::current_exception();
    }
    queue_.close();
}

std::optional<ObservedBlock> BlockReader::next() {
    auto block = queue_.pop();
    if (!block && failure_)
        std::rethrow_exception(failure_);
    return block;
}

std::string GalaxyStatus::text() const {
    if (!encoded)
        return "not encoded: " + problem;
    return problem.empty() ? "encoded" : "encoded without " + problem;
}

std::vector<PreparedBatch> prepareBatches(const EncodePlan& plan, const ObservedBlock& block,
                                          std::vector<GalaxyStatus>& statuses) {
    const std::size_t count = block.rows.size();
    statuses.assign(count, {});
    std::vector<std::uint8_t> useImage(count, 0), useSpectrum(count, 0);
    std::vector<std::size_t> usable;
    for (std::size_t slot = 0; slot < count; ++slot) {
        GalaxyStatus& status = statuses[slot];
        std::size_t has = 0;
        const auto judge = [&](bool present, const std::string& problem, const char* modality) {
            if (!present || !problem.empty()) {
                addProblem(status, modality, present ? problem : "none");
                return std::uint8_t{0};
            }
            ++has;
            return std::uint8_t{1};
        };
        for (const auto& name : plan.scalars) {
            const bool known = !std::isnan(plan.scalarAt(name, block.rows[slot]));
            judge(true, known ? "" : "not measured", name.c_str());
        }
        for (const auto& list : plan.lists)
            judge(true, list.complete(block.rows[slot]) ? "" : "not measured", list.key.c_str());
        if (!block.images.empty()) {
            const Cutout& cutout = block.images[slot];
            useImage[slot] =
                judge(cutout.present(), cutout.present() ? imageProblem(plan, cutout) : "", "image");
        }
        if (!block.spectra.empty()) {
            const ObservedSpectrum& spectrum = block.spectra[slot];
            useSpectrum[slot] = judge(spectrum.present(), problemOf(spectrum), "spectrum");
        }
        status.encoded = status.problem.empty() || (plan.partial && has > 0);
        if (status.encoded)
            usable.push_back(slot);
    }
    std::vector<PreparedBatch> batches;
    for (std::size_t first = 0; first < usable.size(); first += plan.batchRows) {
        const auto slots = std::span(usable).subspan(first, std::min(plan.batchRows, usable.size() - first));
        batches.push_back(BatchBuilder(plan, block, slots, useImage, useSpectrum).take());
    }
    return batches;
}

void noteProblems(const EncodePlan& plan, const PreparedBatch& batch,
                  const std::vector<aion::RowProblem>& problems, std::vector<GalaxyStatus>& statuses) {
    for (const auto& problem : problems) {
        GalaxyStatus& status = statuses.at(batch.slots.at(problem.row));
        if (status.problem.find(problem.modality + ": ") != std::string::npos)
            continue; // a scalar that prepareBatches told
        addProblem(status, problem.modality, problem.what);
        status.encoded = plan.partial;
    }
}

std::vector<std::byte> toBytes(const EncodedBlock& block) {
    std::vector<std::byte> bytes;
    const std::uint64_t shape[] = {static_cast<std::uint64_t>(block.features.rows()),
                                   static_cast<std::uint64_t>(block.features.cols())};
    put(bytes, shape, 2);
    put(bytes, block.features.data(), static_cast<std::size_t>(block.features.size()));
    for (const auto& status : block.statuses) {
        const std::uint64_t length = status.size();
        put(bytes, &length, 1);
        put(bytes, status.data(), status.size());
    }
    return bytes;
}

EncodedBlock blockFromBytes(std::span<const std::byte> bytes) {
    ByteReader reader(bytes);
    const std::uint64_t rows = reader.number(), columns = reader.number();
    if (rows > bytes.size() || (columns > 0 && rows > bytes.size() / columns / sizeof(float)))
        throw Error("a finished block is shorter than it says");
    EncodedBlock block;
    block.features.resize(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
    reader.get(block.features.data(), rows * columns * sizeof(float));
    for (std::uint64_t row = 0; row < rows; ++row) {
        const std::uint64_t length = reader.number();
        if (length > reader.left())
            throw Error("a finished block is shorter than it says");
        std::string status(length, '\0');
        reader.get(status.data(), length);
        block.statuses.push_back(std::move(status));
    }
    return block;
}

} // namespace penumbra::workflow
