// Proper scores of intervals and predictive distributions.

#include "core/base/statistics.h"
#include "core/eval/distributions.h"
#include "core/eval/evaluate.h"
#include "core/eval/paired.h"
#include "tests/golden/diagnostics_support.h"

#include <cmath>
#include <numeric>

namespace penumbra {
namespace {

using namespace penumbra::golden;

double meanOf(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

TEST(DiagnosticsScores, GaussianMethods) {
    forDiagnosticsFiles("scores", [](const io::Hdf5File& file) {
        const auto read = [&](const char* name) { return file.readReals(std::string("/gaussian/") + name); };
        const auto y = read("y");
        const auto plain = Distributions::gaussian(read("mean"), read("sigma"));
        const auto widened = plain.withLabelErrors(read("label_error"));
        std::vector<double> crps, with, cde, log;
        for (std::size_t i = 0; i < y.size(); ++i) {
            crps.push_back(plain.crps(i, y[i]));
            with.push_back(widened.crps(i, y[i]));
            cde.push_back(plain.cdeLoss(i, y[i]));
            log.push_back(plain.logScore(i, y[i]));
        }
        expectClose(crps, read("crps"), closedForm, "CRPS");
        expectClose(with, read("crps_with_label_error"), closedForm, "CRPS with errors of labels");
        expectClose(cde, read("cde_loss"), closedForm, "CDE loss");
        expectClose(log, read("log_score"), closedForm, "log score");
        // qp-prob takes the density at the nearest point of a grid.
        expectClose(meanOf(cde), scalar(file, "/gaussian/cde_loss_qp"), 1e-2, "CDE loss on a grid");
    });
}

TEST(DiagnosticsScores, ConformalDistributions) {
    forDiagnosticsFiles("scores", [](const io::Hdf5File& file) {
        const auto y = file.readReals("/gaussian/y"), mean = file.readReals("/gaussian/mean"),
                   residuals = file.readReals("/predictive/residuals"),
                   scale = file.readReals("/predictive/sigma_test");
        const auto plain = Distributions::conformal(mean, std::vector<double>(mean.size(), 1.0), residuals);
        const auto scaled = Distributions::conformal(mean, scale, residuals);
        std::vector<double> crps, crpsScaled;
        for (std::size_t i = 0; i < y.size(); ++i) {
            crps.push_back(plain.crps(i, y[i]));
            crpsScaled.push_back(scaled.crps(i, y[i]));
        }
        expectClose(crps, file.readReals("/predictive/crps"), closedForm, "CRPS");
        expectClose(crpsScaled, file.readReals("/predictive/crps_scaled"), closedForm, "CRPS, scaled");
    });
}

TEST(DiagnosticsScores, Quantiles) {
    forDiagnosticsFiles("scores", [](const io::Hdf5File& file) {
        const auto levels = file.readReals("/quantiles/levels"), values = file.readReals("/quantiles/values"),
                   y = file.readReals("/quantiles/y"), weights = file.readReals("/quantiles/weights");
        std::vector<double> crps;
        for (std::size_t i = 0; i < y.size(); ++i)
            crps.push_back(crpsOfQuantiles(levels, rowOf(values, levels.size(), i), y[i]));
        expectClose(crps, file.readReals("/quantiles/crps_weighted"), closedForm, "CRPS of seven quantiles");
        double weighted = 0.0; // all quantiles one below the truth lose their level each
        for (std::size_t k = 0; k < levels.size(); ++k)
            weighted += 2.0 * weights[k] * levels[k];
        expectClose(crpsOfQuantiles(levels, std::vector<double>(levels.size(), 0.0), 1.0), weighted,
                    closedForm, "weights");
        const auto mean = file.readReals("/gaussian/mean"), sigma = file.readReals("/gaussian/sigma"),
                   truth = file.readReals("/gaussian/y");
        std::vector<double> fine, crps99;
        for (int j = 1; j <= 99; ++j)
            fine.push_back(j / 100.0);
        for (std::size_t i = 0; i < truth.size(); ++i) {
            std::vector<double> quantiles;
            for (const double level : fine)
                quantiles.push_back(mean[i] + sigma[i] * normalQuantile(level));
            crps99.push_back(crpsOfQuantiles(fine, quantiles, truth[i]));
        }
        expectClose(crps99, file.readReals("/quantiles/crps_weighted_99"), 1e-11, "CRPS of 99 quantiles");
    });
}

/// The interval score as the metrics have it: both ends' quantile losses over alpha/2.
std::vector<double> intervalScores(const std::vector<double>& lower, const std::vector<double>& upper,
                                   const std::vector<double>& y, double alpha) {
    std::vector<double> scores;
    for (std::size_t i = 0; i < y.size(); ++i)
        scores.push_back(
            (pinballLoss(0.5 * alpha, y[i], lower[i]) + pinballLoss(1.0 - 0.5 * alpha, y[i], upper[i])) /
            (0.5 * alpha));
    return scores;
}

TEST(DiagnosticsScores, Intervals) {
    forDiagnosticsFiles("scores", [](const io::Hdf5File& file) {
        const auto y = file.readReals("/gaussian/y");
        for (const std::string& name : groupsIn(file, "/interval")) {
            const std::string group = "/interval/" + name + "/";
            SCOPED_TRACE(group);
            const auto lower = file.readReals(group + "lower"), upper = file.readReals(group + "upper");
            if (name == "edge") {
                expectClose(intervalScores(lower, upper, file.readReals(group + "y"), 0.1),
                            file.readReals(group + "interval_score_alpha_0.1"), closedForm, "edge");
                continue;
            }
            const double alpha = file.realAttribute("/interval/" + name, "alpha").value();
            const auto scores = intervalScores(lower, upper, y, alpha);
            expectClose(scores, file.readReals(group + "interval_score"), closedForm, "interval score");
            expectClose(meanOf(scores), scalar(file, group + "mean_winkler"), closedForm, "mean");
            Prediction prediction;
            prediction.method = "A";
            prediction.alpha = alpha;
            prediction.mean = file.readReals("/gaussian/mean");
            prediction.lower = lower;
            prediction.upper = upper;
            for (const Score& score : evaluatePrediction(prediction, y, {}, {})) {
                if (score.metric == "interval_score")
                    expectClose(score.value, scalar(file, group + "identity"), closedForm, "metric");
                if (score.metric == "pinball")
                    expectClose(
                        score.value,
                        0.5 * (scalar(file, group + "pinball_lower") + scalar(file, group + "pinball_upper")),
                        closedForm, "pinball");
            }
        }
    });
}

TEST(DiagnosticsScores, PairedResamples) {
    forDiagnosticsFiles("scores", [](const io::Hdf5File& file) {
        const auto first = file.readReals("/paired/first"), second = file.readReals("/paired/second"),
                   indices = file.readReals("/paired/indices");
        std::vector<double> difference, replicates;
        for (std::size_t i = 0; i < first.size(); ++i)
            difference.push_back(first[i] - second[i]);
        expectClose(meanOf(difference), scalar(file, "/paired/difference"), closedForm, "difference");
        for (std::size_t from = 0; from < indices.size(); from += first.size()) {
            double sum = 0.0;
            for (std::size_t i = 0; i < first.size(); ++i)
                sum += difference[static_cast<std::size_t>(indices[from + i])];
            replicates.push_back(sum / static_cast<double>(first.size()));
        }
        expectClose(replicates, file.readReals("/paired/replicates"), closedForm, "replicates");
        PairedTest test;
        test.difference = meanOf(difference);
        setFromReplicates(test, replicates);
        expectClose({test.interval.low, test.interval.high}, file.readReals("/paired/interval"), closedForm,
                    "interval");
        expectClose(test.p, scalar(file, "/paired/p_shifted"), closedForm, "p");
    });
}

} // namespace
} // namespace penumbra
