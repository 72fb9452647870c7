#include "core/study/group_learner.h"

#include "core/heads/trainer.h"
#include "core/study/options.h"

namespace penumbra::workflow {

namespace {

constexpr Eigen::Index wideInputs = 200; ///< embeddings: fewer networks, to stay within seconds
constexpr int members = 4;               ///< networks a model, whose scores are averaged

} // namespace

GroupLearner networkGroupLearner(std::uint64_t seed) {
    return [seed](const MatrixF& inputs, const MatrixD& labels, const RunContext& context) {
        const int count = inputs.cols() > wideInputs ? 1 : members;
        std::vector<heads::NetworkSpec> specs;
        for (Eigen::Index model = 0; model < labels.cols(); ++model)
            for (int member = 0; member < count; ++member) {
                heads::NetworkSpec spec;
                spec.name = "groups " + std::to_string(model) + ", " + std::to_string(member);
                spec.shape.inputs = static_cast<int>(inputs.cols());
                spec.shape.hidden = {32};
                spec.seed = derivedSeed(seed, spec.name);
                const Eigen::VectorXd column = labels.col(model);
                spec.labels.assign(column.begin(), column.end());
                specs.push_back(std::move(spec));
            }
        heads::TrainingOptions options;
        options.epochs = 40;
        options.batch = 64;
        options.learningRate = 1e-2;
        options.weightDecay = 1e-2;
        options.seed = derivedSeed(seed, "group minibatches");
        const RunContext quiet = context.quiet();
        heads::Trainer trainer(inputs, std::move(specs), options, quiet);
        trainer.runUntil(options.epochs, quiet);
        const MatrixD outputs = trainer.networks().predict(inputs, quiet);
        MatrixD scores = MatrixD::Zero(labels.rows(), labels.cols());
        for (Eigen::Index column = 0; column < outputs.cols(); ++column)
            scores.col(column / count) += outputs.col(column);
        return scores;
    };
}

} // namespace penumbra::workflow
