#pragma once

#include <cstdint>
#include <string>

namespace penumbra::uq {

/// A quantity known for every row. The study makes each one once, from networks or from catalogue columns.
struct Signal {
    enum class Kind {
        Mean,          ///< the base head, squared error: "mean"
        Quantile,      ///< a pinball head at `level`: "q0.05"
        Member,        ///< ensemble member `index`; member 0 is the base head: "member0" is "mean"
        DropoutMean,   ///< mean over `passes` stochastic passes of the base head, dropout `level`:
                       ///< "dropout_mean_p0.1_t100"
        DropoutSpread, ///< population standard deviation over those passes
        Residual,  ///< |y - mean| learned by a residual net on `embedding`: "residual_net", "residual_aion"
        Embedding, ///< `embedding` itself, [rows, k]: "embedding_net" (hidden layer), "embedding_aion" (input
                   ///< features)
        Kernel,    ///< embedding projected by the learned LVD metric, [rows, d]: "kernel_net", "kernel_aion"
        // As catalogue columns give them, never learned:
        DeliveredSpread, ///< size of the error, one sigma: "delivered_spread"
        DeliveredLower,  ///< ends of an interval: "delivered_lower", "delivered_upper"
        DeliveredUpper,
        FoldMeans, ///< by the networks of CVPlus, each without one of `index` folds of the calibration rows,
                   ///< [rows, index + 1]: prediction less "mean" by each of them, then the fold of a
                   ///< calibration row, -1 for others: "fold_means_10"
        Stored,    ///< made once for a repair (uq/repairs), never learned: groups, weights; named by `stored`
    };
    enum class Space { Net, Aion }; ///< hidden activations of the base head, or the input features
    Kind kind = Kind::Mean;
    double level = 0.0;
    int index = 0; ///< Member: which; dropout: number of passes; FoldMeans: number of folds
    Space space = Space::Net;
    std::string stored; ///< Stored: its name

    std::string name() const; ///< unique; the key in HeldOut::signals and in study files
    bool operator==(const Signal& other) const { return name() == other.name(); }
    bool isDelivered() const; ///< known from columns only
    /// Sizes of errors, quantiles: infinite where a column has no usable value. Nothing bounds the interval
    /// of such a row, and methods do not calibrate on it.
    bool mayBeInfinite() const;

    static Signal mean();
    static Signal quantile(double level);
    static Signal member(int index);
    static Signal dropoutMean(double rate, int passes);
    static Signal dropoutSpread(double rate, int passes);
    static Signal residual(Space space);
    static Signal embedding(Space space);
    static Signal kernel(Space space);
    static Signal deliveredSpread();
    static Signal deliveredLower();
    static Signal deliveredUpper();
    static Signal foldMeans(int folds);
    static Signal storedAs(std::string name);
};

} // namespace penumbra::uq
