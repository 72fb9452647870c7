#include "core/workflow/help_topics.h"

#include "core/base/text.h"
#include "core/eval/evaluate.h"
#include "core/report/figures.h"
#include "core/study/availability.h"
#include "core/study/choices.h"
#include "core/study/run.h"
#include "core/uq/elsewhere.h"
#include "core/uq/repairs/repaired_method.h"
#include "penumbra_version.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

struct Paper {
    const char* reference;
    const char* full;
};
// clang-format off
constexpr Paper papers[] = {
    {"Papadopoulos et al. 2002", "Papadopoulos, Proedrou, Vovk & Gammerman 2002, Inductive Confidence Machines for Regression, ECML"},
    {"Papadopoulos et al. 2008", "Papadopoulos, Gammerman & Vovk 2008, Normalized Nonconformity Measures for Regression Conformal Prediction, AIA"},
    {"Barber, Candes, Ramdas & Tibshirani 2021", "Barber, Candès, Ramdas & Tibshirani 2021, Predictive Inference with the Jackknife+, Annals of Statistics 49, 486"},
    {"Lei et al. 2018", "Lei, G'Sell, Rinaldo, Tibshirani & Wasserman 2018, Distribution-Free Predictive Inference for Regression, JASA 113, 1094"},
    {"Romano, Patterson & Candes 2019", "Romano, Patterson & Candès 2019, Conformalized Quantile Regression, NeurIPS 32"},
    {"Lakshminarayanan, Pritzel & Blundell 2017", "Lakshminarayanan, Pritzel & Blundell 2017, Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles, NeurIPS 30"},
    {"Gal & Ghahramani 2016", "Gal & Ghahramani 2016, Dropout as a Bayesian Approximation: Representing Model Uncertainty in Deep Learning, ICML"},
    {"Lin, Trivedi & Sun 2021", "Lin, Trivedi & Sun 2021, Locally Valid and Discriminative Prediction Intervals for Deep Learning Models, NeurIPS 34"},
    {"Sesia & Candes 2020", "Sesia & Candès 2020, A Comparison of Some Conformal Quantile Regression Methods, Stat 9, e261"},
    {"Kivaranovic, Johnson & Leeb 2020", "Kivaranovic, Johnson & Leeb 2020, Adaptive, Distribution-Free Prediction Intervals for Deep Networks, AISTATS"},
    {"Hore & Barber 2025", "Hore & Barber 2025, Conformal Prediction with Local Weights: Randomization Enables Robust Guarantees, JRSS B 87, 549"},
};
// clang-format on

std::string guaranteeOf(const uq::MethodInfo& info) {
    if (info.conformal)
        return "Guarantee: at least the nominal share of new galaxies is covered, on average over "
               "calibration "
               "sets, where they are like the calibration galaxies. Nothing is promised for parts of the "
               "sample.";
    if (!info.promise.empty())
        return "Guarantee: " + info.promise;
    if (info.calibrated)
        return "Calibrated on held-out galaxies, weighed by how near they are; close to the nominal share, "
               "without an exact guarantee.";
    return "No guarantee: its error bars are what the model says of itself.";
}

void addMethods(std::vector<HelpTopic>& topics) {
    OptionSet options;
    describeStudyOptions(options);
    for (const uq::UqMethod* method : uq::allMethods()) {
        const uq::MethodInfo& info = method->info();
        topics.push_back({"method:" + info.id,
                          "Methods",
                          info.id + ": " + info.title,
                          {info.oneLine, guaranteeOf(info),
                           "It needs " + needsInWords(*method, options, studyChoices(options).alpha) + ".",
                           "Source: " + joinText(papersOf(info.reference), "; ") + "."}});
    }
    for (const uq::RepairInfo& repair : uq::allRepairs()) {
        std::string word = std::string("+").append(repair.word);
        topics.push_back({std::string("repair:").append(repair.word),
                          "Repairs",
                          word + ": " + repair.title,
                          {repair.oneLine, repair.promises, repair.doesNot,
                           "Source: " + joinText(papersOf(repair.reference), "; ") + "."}});
    }
}

void addMetrics(std::vector<HelpTopic>& topics) {
    for (const Metric& metric : allMetrics()) {
        const char* better = metric.better == Better::Lower     ? "Lower is better."
                             : metric.better == Better::Nominal ? "Best at its nominal value."
                                                                : "Higher is better.";
        topics.push_back({"metric:" + metric.id, "Metrics", metric.title, {metric.definition, better}});
    }
}

void addOptions(std::vector<HelpTopic>& topics) {
    OptionSet options;
    describeStudyOptions(options);
    for (const Option& option : options.all()) {
        HelpTopic topic{"option:" + option.name, "Settings of a study", option.name, {}};
        for (const std::string& line : splitText(option.help, '\n'))
            topic.paragraphs.push_back(line);
        std::string facts =
            "Default: " + (toText(option.defaultValue).empty() ? "none" : toText(option.defaultValue));
        if (!option.unit.empty())
            facts += " " + option.unit;
        if (!option.choices.empty())
            facts += ". Choices: " + joinText(option.choices, ", ");
        topic.paragraphs.push_back(facts + ".");
        topics.push_back(std::move(topic));
    }
}

} // namespace

std::vector<HelpTopic> helpTopics() {
    std::vector<HelpTopic> topics;
    for (const report::FigureKind& figure : report::allFigures())
        topics.push_back({"page:" + figure.id, "Pages", figure.title, {figure.help}});
    addMethods(topics);
    addMetrics(topics);
    addOptions(topics);
    return topics;
}

std::vector<std::string> papersOf(const std::string& reference) {
    std::vector<std::string> found;
    for (const std::string& piece : splitText(reference, ';')) {
        const auto* known = std::find_if(std::begin(papers), std::end(papers), [&](const Paper& paper) {
            return piece.starts_with(paper.reference);
        });
        found.emplace_back(known == std::end(papers) ? piece : std::string(known->full));
    }
    return found;
}

std::vector<std::string> citations(std::span<const std::string> methods) {
    std::vector<std::string> lines = {std::string("Penumbra developers 2026, Penumbra ") + versionText +
                                      ", calibrated error bars for galaxies (software)"};
    const auto add = [&](const std::string& reference) {
        for (const std::string& paper : papersOf(reference))
            if (std::find(lines.begin(), lines.end(), paper) == lines.end())
                lines.push_back(paper);
    };
    for (std::string id : methods) {
        while (const auto repaired = uq::parseRepairedId(id)) {
            add(uq::repairInfo(repaired->kind).reference);
            id = repaired->base;
        }
        for (const uq::UqMethod* method : uq::allMethods())
            if (method->info().id == uq::methodKind(id) && !method->info().delivered)
                add(method->info().reference);
    }
    return lines;
}

} // namespace penumbra::workflow
