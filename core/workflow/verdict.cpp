#include "core/workflow/verdict.h"

#include "core/report/verdict.h"
#include "core/session/study_file.h"
#include "core/study/local_draws.h"
#include "core/study/options.h"
#include "core/study/run.h"

namespace penumbra::workflow {

void describeVerdictOptions(OptionSet& options) {
    options.inputFile("study", "Study file.").asPositional().asRequired();
    options.textList("targets", {}, "Targets; default: all.").in("Verdict");
    options.textList("methods", {}, "Methods; default: all.").in("Verdict");
    describeGivenCalibration(options, "Verdict");
}

CommandResult runVerdict(const OptionSet& options, const Services&, RunContext& context) {
    Study study = session::readStudy(options.getText("study"), context);
    tellThatThereAreNotes(study, context);
    prepareCalibration(study, givenCalibration(options), context);
    const auto verdicts = report::verdict(
        study, {options.getTextList("targets"), options.getTextList("methods"), givenCalibration(options)},
        context);
    CommandResult result;
    result.json = {{"alpha", study.alpha}, {"targets", nlohmann::json::array()}};
    for (const report::TargetVerdict& verdict : verdicts) {
        result.text += verdict.target + "\n";
        nlohmann::json sentences = nlohmann::json::array();
        for (const report::VerdictSentence& sentence : verdict.sentences) {
            result.text += "  " + sentence.text + "\n";
            sentences.push_back({{"text", sentence.text}, {"methods", sentence.methods}});
            if (sentence.predictionLow <= sentence.predictionHigh)
                sentences.back()["prediction"] = {sentence.predictionLow, sentence.predictionHigh};
            for (const report::VerdictLink& link : sentence.links)
                sentences.back()["galaxies"].push_back({{"words", link.words}, {"where", link.where}});
        }
        result.json["targets"].push_back({{"target", verdict.target}, {"sentences", std::move(sentences)}});
    }
    result.json["caveat"] = report::verdictCaveat(study);
    result.text += report::verdictCaveat(study) + "\n";
    return result;
}

Command verdictCommand() {
    Command command;
    command.id = "verdict";
    command.title = "Say in a few sentences which error bars to trust";
    command.details =
        R"(For every target: which methods cover what they promise overall, in the tails, in the worst tenth and by the
prediction, which of these is narrowest, where the others cover too little and what a perfect method would cover there.
Rests on the numbers of table and compare; says nothing that they do not show.

Examples
  penumbra-cli verdict study.h5
  penumbra-cli verdict study.h5 --targets z --methods CQR,MADSplit,VanillaSplit --json)";
    command.offersJson = true;
    command.options = describeVerdictOptions;
    command.run = runVerdict;
    return command;
}

} // namespace penumbra::workflow
