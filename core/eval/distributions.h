#pragma once

#include "core/catalogue/posterior_table.h"
#include "core/eval/study.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace penumbra {

/// The predictive distribution of every test row of one method: all have one shape, moved to the row's centre
/// and stretched by its scale, or each its own. In units of the target.
class Distributions {
public:
    enum class Kind {
        Gaussian,  ///< centre and one sigma, as the method says; never calibrated
        Conformal, ///< centre + scale times the calibration rows' signed residuals (Vovk et al. 2019)
        Tabulated, ///< quantiles of its own for every row, from a posterior (catalogue/posterior_table.h)
    };

    /// Nothing is checked: a spread may be 0 (a point) or NaN (no distribution).
    static Distributions gaussian(std::vector<double> centre, std::vector<double> spread);
    /// @param residuals (truth - centre) / scale of the calibration rows, in any order, without NaN
    static Distributions conformal(std::vector<double> centre, std::vector<double> scale,
                                   std::vector<double> residuals, std::string note = {});

    /// @param quantiles [rows, posteriorLevels()]
    static Distributions tabulated(MatrixD quantiles);

    Kind kind() const { return kind_; }
    std::size_t rows() const { return centre_.size(); }
    /// Calibration rows behind the shape; 0: none.
    std::size_t calibrationRows() const { return residuals_.size(); }
    const std::vector<double>& residuals() const { return residuals_; } ///< ascending
    const std::string& note() const { return note_; }                   ///< "CQR, symmetrised", or empty
    double centre(std::size_t row) const { return centre_[row]; }
    double scale(std::size_t row) const { return scale_[row]; }
    /// False where a column says nothing of the row: its scale is NaN or infinite.
    bool known(std::size_t row) const;

    /// Probability integral transform of y. Gaussian: Phi((y - centre) / spread), a point mass gives 0, 1 or
    /// theta. Tabulated: its distribution function. Conformal: (#{C_i < y} + theta (#{C_i = y} + 1)) / (n +
    /// 1): exactly uniform where calibration and test rows are exchangeable. @param theta uniform in 0..1,
    /// breaks ties
    double pit(std::size_t row, double y, double theta) const;

    /// Continuous ranked probability score of y (Gneiting & Raftery 2007); smaller is better. Conformal: mass
    /// 1/n at each C_i, the two atoms of 1 / (n + 1) beyond them left out.
    double crps(std::size_t row, double y) const;
    /// int f^2 - 2 f(y) (Izbicki & Lee 2016); smaller is better, may be negative. NaN without a density.
    double cdeLoss(std::size_t row, double y) const;
    /// -ln f(y); NaN without a density.
    double logScore(std::size_t row, double y) const;
    /// Ends between the floor((n+1) alpha/2)-th and ceil((n+1)(1 - alpha/2))-th C_i, infinite beyond them;
    /// Gaussian: its quantiles.
    Interval centralInterval(std::size_t row, double alpha) const;

    /// The same with errors of labels in quadrature: right only where the spread describes the truth, not
    /// labels. NaN errors leave a row without a distribution. Conformal ones stay: their residuals hold the
    /// labels' noise already.
    Distributions withLabelErrors(std::span<const double> errors) const;
    Distributions onRows(std::span<const std::size_t> rows) const;

private:
    std::span<const double> table(std::size_t row) const {
        return {table_.row(static_cast<Eigen::Index>(row)).data(), static_cast<std::size_t>(table_.cols())};
    }
    double value(std::size_t row, std::size_t i) const { return centre_[row] + scale_[row] * residuals_[i]; }
    void prepare();
    Kind kind_ = Kind::Gaussian;
    std::vector<double> centre_, scale_, residuals_; ///< Tabulated: median, half of 16 to 84 %
    MatrixD table_;
    std::vector<double> sums_; ///< of the first i residuals
    double halfSpread_ = 0.0;  ///< mean |r_i - r_j| / 2
    std::string note_;
};

/// The distributions on the test rows that a method's signals imply: Gaussian where it says a spread,
/// a posterior where its ends are that one's quantiles, conformal where it calibrates by one order statistic;
/// of quantile regression the symmetrised one, which is not the distribution that its own intervals belong
/// to. Nothing for local methods and delivered quantiles.
std::optional<Distributions> distributionsOf(const TargetStudy& target, const Prediction& prediction);

/// CRPS of y from quantiles at ascending levels: twice the pinball losses, weighted by the width of each
/// level's cell (edges halfway between levels, 0 and 1). Crossed quantiles are sorted.
double crpsOfQuantiles(std::span<const double> levels, std::vector<double> quantiles, double y);

} // namespace penumbra
