#include "core/lvd/metric_step.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <type_traits>

namespace penumbra::lvd {

namespace {

constexpr double smallestMass = 1e-7; // of kernel values, which are at most 1 whatever the unit
constexpr std::size_t kernelBytes = std::size_t{4} << 20; ///< of kernel values held at once

/// Rows are cut into pieces whatever the number of threads, so that sums do not depend on it.
struct Pieces {
    explicit Pieces(std::size_t n) : rows(n) {
        perPiece = padded(std::clamp<std::size_t>(n / 32, 128, 1024));
        while ((n + perPiece - 1) / perPiece > 256)
            perPiece *= 2;
        count = (n + perPiece - 1) / perPiece;
    }
    std::size_t begin(std::size_t piece) const { return piece * perPiece; }
    std::size_t end(std::size_t piece) const { return std::min(rows, begin(piece) + perPiece); }
    std::size_t paddedSize(std::size_t piece) const { return padded(end(piece) - begin(piece)); }
    std::size_t rows, perPiece = 0, count = 0;
};

template <typename T>
class Step final : public MetricStep {
public:
    Step(const InputRows& inputs, const KernelInput& input, const MetricOptions& options,
         const RunContext& context)
        : options_(options), unitOutput_(input.normalisation == Normalisation::UnitOutput),
          pieces_(inputs.size()), n_(inputs.size()), stride_(padded(n_)), kept_(input.keptColumns()),
          width_(padded(kept_)), d_(static_cast<std::size_t>(options.outputs)) {
        z_.resize(n_ * width_);
        normaliseRows(inputs, input, z_.data(), width_, context);
        groupSize_ = std::max<std::size_t>(kernelBytes / (stride_ * sizeof(T)), 8);
    }

    void begin(const std::vector<TargetState*>& active, int iteration) override {
        const std::size_t outputs = active.size() * d_;
        if (active.size() != active_.size() || !std::equal(active.begin(), active.end(), active_.begin(),
                                                           [](auto* a, auto& b) { return a == b.state; })) {
            active_.clear();
            for (TargetState* state : active) {
                active_.push_back({state, LineVector<T>(stride_, T(0)), {}, {}});
                for (std::size_t i = 0; i < n_; ++i)
                    active_.back().values[i] = static_cast<T>(state->target.values[i] - state->mean);
            }
            A_.assign(outputs * width_, T(0));
            p_.assign(outputs * stride_, T(0));
            w_.assign(outputs * stride_, T(0));
            if (unitOutput_)
                inverseLength_.assign(active.size() * stride_, T(0));
            pieceGradient_.assign(pieces_.count * outputs * width_, T(0));
        }
        std::size_t most = 0;
        for (std::size_t t = 0; t < active_.size(); ++t) {
            active_[t].batch = active[t]->batchOf(iteration, options_);
            active_[t].losses.assign(active_[t].batch.size(), 0.0);
            most = std::max(most, active_[t].batch.size());
            for (std::size_t c = 0; c < d_; ++c)
                for (std::size_t f = 0; f < kept_; ++f)
                    A_[(t * d_ + c) * width_ + f] = static_cast<T>(
                        active[t]->A(static_cast<Eigen::Index>(c), static_cast<Eigen::Index>(f)));
        }
        const std::size_t group = std::min(groupSize_, most);
        k_.resize(group * stride_);
        factor_.resize(group);
        centre_.resize(group);
        pieceSums_.resize(pieces_.count * group * 2);
        pieceMoments_.resize(pieces_.count * group * (1 + d_));
    }

    bool run(Team& team, int lane) override {
        const auto all = [&](const std::function<void()>& work) {
            team.attempt(work);
            return team.meet();
        };
        const std::size_t firstPiece = share(pieces_.count, lane, team),
                          endPiece = share(pieces_.count, lane + 1, team);
        const auto forPieces = [&](const auto& body) {
            for (std::size_t piece = firstPiece; piece < endPiece; ++piece) {
                if (team.stopRequested())
                    return team.abandon();
                body(piece);
            }
        };
        if (!all([&] { forPieces([&](std::size_t piece) { project(piece); }); }))
            return false;
        for (std::size_t t = 0; t < active_.size(); ++t) {
            const std::size_t batch = active_[t].batch.size();
            for (std::size_t first = 0; first < batch; first += groupSize_) {
                const std::size_t count = std::min(groupSize_, batch - first);
                std::vector<T> anchors(count * d_);
                for (std::size_t i = 0; i < count; ++i)
                    for (std::size_t c = 0; c < d_; ++c)
                        anchors[i * d_ + c] = p_[(t * d_ + c) * stride_ + active_[t].batch[first + i]];
                const Group group{t, first, count, anchors};
                if (!all([&] { forPieces([&](std::size_t piece) { kernels(group, piece); }); }))
                    return false;
                if (!all([&] {
                        for (std::size_t i = share(count, lane, team); i < share(count, lane + 1, team); ++i)
                            predict(group, i);
                    }))
                    return false;
                if (!all([&] { forPieces([&](std::size_t piece) { weights(group, piece); }); }))
                    return false;
                team.attempt([&] {
                    for (std::size_t i = share(count, lane, team); i < share(count, lane + 1, team); ++i)
                        addAnchor(group, i);
                });
            }
        }
        if (!team.meet())
            return false;
        // Backwards: the rows projected last may still be in the cache, and those summed last are projected
        // first.
        if (!all([&] { forPieces([&](std::size_t piece) { gradient(firstPiece + endPiece - 1 - piece); }); }))
            return false;
        return all([&] { reduce(share(kept_, lane, team), share(kept_, lane + 1, team)); });
    }

    double loss(std::size_t active) const override {
        double sum = 0.0;
        for (const double l : active_[active].losses)
            sum += l;
        return sum / static_cast<double>(active_[active].losses.size());
    }

    std::size_t pieces() const override { return pieces_.count; }

private:
    struct Active {
        TargetState* state;
        LineVector<T> values; ///< [stride] minus their mean
        std::vector<std::size_t> batch;
        std::vector<double> losses; ///< of each anchor
    };
    /// Anchors handled together: those first..first+count of the batch of target t.
    struct Group {
        std::size_t t, first, count;
        const std::vector<T>& anchors; ///< [count, d] projected
    };

    static std::size_t share(std::size_t n, int lane, const Team& team) {
        return n * static_cast<std::size_t>(lane) / static_cast<std::size_t>(team.lanes());
    }

    void project(std::size_t piece) {
        const std::size_t begin = pieces_.begin(piece), rows = pieces_.end(piece) - begin,
                          outputs = active_.size() * d_;
        loops_.project(z_.data() + begin * width_, rows, width_, A_.data(), outputs, p_.data() + begin,
                       stride_);
        if (unitOutput_)
            for (std::size_t t = 0; t < active_.size(); ++t)
                for (std::size_t j = begin; j < begin + rows; ++j) {
                    T squares = 0;
                    for (std::size_t c = 0; c < d_; ++c)
                        squares += p_[(t * d_ + c) * stride_ + j] * p_[(t * d_ + c) * stride_ + j];
                    const T inverse = squares > 0 ? T(1) / std::sqrt(squares) : T(0);
                    inverseLength_[t * stride_ + j] = inverse;
                    for (std::size_t c = 0; c < d_; ++c)
                        p_[(t * d_ + c) * stride_ + j] *= inverse;
                }
        for (std::size_t c = 0; c < outputs; ++c) {
            T* p = p_.data() + c * stride_ + begin;
            std::fill(p + rows, p + pieces_.paddedSize(piece), T(1e18)); // their kernel is 0
            T* w = w_.data() + c * stride_ + begin;
            std::fill(w, w + pieces_.paddedSize(piece), T(0));
        }
    }

    std::size_t neighbours() const { return neighboursBesideOwn(options_, n_); }

    void kernels(const Group& group, std::size_t piece) {
        const std::size_t begin = pieces_.begin(piece), size = pieces_.paddedSize(piece);
        const Active& target = active_[group.t];
        for (std::size_t i = 0; i < group.count; ++i) {
            T* k = k_.data() + i * stride_ + begin;
            loops_.kernelRow(group.anchors.data() + i * d_, p_.data() + group.t * d_ * stride_ + begin,
                             stride_, d_, size, k);
            const std::size_t own = target.batch[group.first + i];
            if (own >= begin && own < pieces_.end(piece))
                k[own - begin] = T(0);
            double* sums = pieceSums_.data() + (piece * group.count + i) * 2;
            sums[0] = sums[1] = 0.0;
            if (neighbours() == n_ - 1)
                loops_.weightedSums(k, target.values.data() + begin, size, sums);
        }
    }

    void predict(const Group& group, std::size_t i) {
        Active& target = active_[group.t];
        const TargetState& state = *target.state;
        double sums[2] = {};
        if (neighbours() < n_ - 1) {
            T* k = k_.data() + i * stride_;
            keepLargest(k, neighbours());
            loops_.weightedSums(k, target.values.data(), stride_, sums);
        } else {
            for (std::size_t piece = 0; piece < pieces_.count; ++piece)
                for (std::size_t s = 0; s < 2; ++s)
                    sums[s] += pieceSums_[(piece * group.count + i) * 2 + s];
        }
        const double own = state.target.values[target.batch[group.first + i]];
        if (options_.ownMean) {
            sums[0] += 1.0;
            sums[1] += (state.sum - own) / static_cast<double>(n_ - 1) - state.mean;
        }
        const double mass = std::max(smallestMass, sums[0]);
        const double prediction = (sums[1] + state.mean * sums[0]) / mass;
        const double error = prediction - own;
        factor_[i] = static_cast<T>(-4.0 / static_cast<double>(d_) * error / mass);
        centre_[i] = static_cast<T>(sums[0] > smallestMass ? sums[1] / sums[0] : -state.mean);
        target.losses[group.first + i] = error * error;
    }

    /// All but the `count` largest of a row of kernel values become 0; of equal ones the first stay.
    void keepLargest(T* k, std::size_t count) const {
        // Non-negative numbers are in the order of their bits. Halving finds the smallest threshold with at
        // most `count` values above it.
        using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
        Bits low = 0, high = std::bit_cast<Bits>(T(1));
        while (low < high) {
            const Bits middle = low + (high - low) / 2;
            const std::size_t above = loops_.countAbove(k, stride_, std::bit_cast<T>(middle));
            if (above == count)
                return loops_.dropUpTo(k, stride_, std::bit_cast<T>(middle));
            if (above < count)
                high = middle;
            else
                low = middle + 1;
        }
        const T threshold = std::bit_cast<T>(low);
        std::size_t equal = count - loops_.countAbove(k, stride_, threshold);
        for (std::size_t j = 0; j < n_; ++j)
            if (k[j] == threshold) {
                if (equal == 0)
                    k[j] = T(0);
                else
                    --equal;
            } else if (k[j] < threshold) {
                k[j] = T(0);
            }
    }

    void weights(const Group& group, std::size_t piece) {
        const std::size_t begin = pieces_.begin(piece), size = pieces_.paddedSize(piece);
        const T* p = p_.data() + group.t * d_ * stride_ + begin;
        for (std::size_t i = 0; i < group.count; ++i) {
            double* moments = pieceMoments_.data() + (piece * group.count + i) * (1 + d_);
            std::fill(moments, moments + 1 + d_, 0.0);
            loops_.coefficients(factor_[i], centre_[i], active_[group.t].values.data() + begin, p, stride_,
                                d_, size, k_.data() + i * stride_ + begin, moments);
        }
        loops_.rowWeights(k_.data() + begin, stride_, group.count, group.anchors.data(), p, stride_, d_, size,
                          w_.data() + group.t * d_ * stride_ + begin, stride_);
    }

    /// The anchor's own row: dL/dp_i = sum_j c_ij (p_i - p_j).
    void addAnchor(const Group& group, std::size_t i) {
        std::vector<double> moments(1 + d_, 0.0);
        for (std::size_t piece = 0; piece < pieces_.count; ++piece)
            for (std::size_t m = 0; m <= d_; ++m)
                moments[m] += pieceMoments_[(piece * group.count + i) * (1 + d_) + m];
        const std::size_t row = active_[group.t].batch[group.first + i];
        for (std::size_t c = 0; c < d_; ++c)
            w_[(group.t * d_ + c) * stride_ + row] +=
                static_cast<T>(moments[0] * static_cast<double>(group.anchors[i * d_ + c]) - moments[1 + c]);
    }

    void gradient(std::size_t piece) {
        const std::size_t begin = pieces_.begin(piece), end = pieces_.end(piece),
                          outputs = active_.size() * d_;
        if (unitOutput_) // through the division by the length
            for (std::size_t t = 0; t < active_.size(); ++t)
                for (std::size_t j = begin; j < end; ++j) {
                    T along = 0;
                    for (std::size_t c = t * d_; c < (t + 1) * d_; ++c)
                        along += w_[c * stride_ + j] * p_[c * stride_ + j];
                    for (std::size_t c = t * d_; c < (t + 1) * d_; ++c)
                        w_[c * stride_ + j] = (w_[c * stride_ + j] - along * p_[c * stride_ + j]) *
                                              inverseLength_[t * stride_ + j];
                }
        T* sum = pieceGradient_.data() + piece * outputs * width_;
        std::fill(sum, sum + outputs * width_, T(0));
        loops_.gradient(z_.data() + begin * width_, end - begin, width_, w_.data() + begin, stride_, outputs,
                        sum);
    }

    void reduce(std::size_t firstColumn, std::size_t endColumn) {
        const std::size_t outputs = active_.size() * d_;
        std::vector<double> sums(endColumn - firstColumn);
        for (std::size_t c = 0; c < outputs; ++c) {
            std::fill(sums.begin(), sums.end(), 0.0);
            for (std::size_t piece = 0; piece < pieces_.count; ++piece) {
                const T* part = pieceGradient_.data() + (piece * outputs + c) * width_ + firstColumn;
                for (std::size_t f = 0; f < sums.size(); ++f)
                    sums[f] += static_cast<double>(part[f]);
            }
            MatrixD& gradient = active_[c / d_].state->gradient;
            for (std::size_t f = 0; f < sums.size(); ++f)
                gradient(static_cast<Eigen::Index>(c % d_), static_cast<Eigen::Index>(firstColumn + f)) =
                    sums[f];
        }
    }

    MetricOptions options_;
    bool unitOutput_;
    Pieces pieces_;
    std::size_t n_, stride_, kept_, width_, d_, groupSize_ = 0;
    const HotLoops<T>& loops_ = hotLoops<T>();
    LineVector<T> z_; ///< [n, width] normalised rows
    std::vector<Active> active_;
    LineVector<T> A_;                ///< [targets d, width]
    LineVector<T> p_, w_;            ///< [targets d, stride] projected rows and dL/dp
    LineVector<T> inverseLength_;    ///< [targets, stride]
    LineVector<T> k_;                ///< [anchors of a group, stride] kernel values, then coefficients c
    std::vector<T> factor_, centre_; ///< [anchors of a group]
    std::vector<double> pieceSums_, pieceMoments_;
    LineVector<T> pieceGradient_; ///< [pieces, targets d, width]
};

} // namespace

std::size_t neighboursBesideOwn(const MetricOptions& options, std::size_t rows) {
    const auto asked = static_cast<std::size_t>(options.maxNeighbours);
    if (asked == 0 || asked == rows)
        return rows - 1;
    const std::size_t most = rows < asked ? rows - 1 : asked;
    return std::min(options.ownMean ? most - 1 : most, rows - 1);
}

std::unique_ptr<MetricStep> makeMetricStep(const InputRows& rows, const KernelInput& input,
                                           const MetricOptions& options, const RunContext& context) {
    if (options.precision == Precision::Double)
        return std::make_unique<Step<double>>(rows, input, options, context);
    return std::make_unique<Step<float>>(rows, input, options, context);
}

} // namespace penumbra::lvd
