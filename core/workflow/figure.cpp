#include "core/workflow/figure.h"

#include "core/base/atomic_file.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/catalogue/catalogue.h"
#include "core/encoding/reconstruction.h"
#include "core/report/figures.h"
#include "core/report/galaxy_figures.h"
#include "core/session/study_file.h"
#include "core/study/calibration_parts.h"
#include "core/study/catalogue.h"
#include "core/study/run.h"
#include "core/study/subset.h"

#include <filesystem>

namespace penumbra::workflow {

namespace {

std::vector<std::string> kindIds() {
    std::vector<std::string> ids;
    for (const report::FigureKind& kind : report::allFigures())
        ids.push_back(kind.id);
    for (const report::GalaxyFigureKind& kind : report::galaxyFigures())
        ids.push_back(kind.id);
    ids.emplace_back(reconstructionKind);
    return ids;
}

std::string kindsHelp() {
    std::string help = "What to draw.";
    for (const report::FigureKind& kind : report::allFigures())
        help += "\n" + kind.id + ": " + kind.help;
    for (const report::GalaxyFigureKind& kind : report::galaxyFigures())
        help += "\n" + kind.id + ": " + kind.help;
    help += "\n" + std::string(reconstructionKind) + ": " + reconstructionHelp;
    return help;
}

/// The kind's own options with the values the user gave.
OptionSet ownOptions(void (*describe)(OptionSet&), const OptionSet& given) {
    OptionSet own;
    describe(own);
    for (const Option& option : given.all())
        if (option.given && own.contains(option.name))
            own.set(option.name, option.value);
    return own;
}

bool isDrawn(const std::string& format) {
    return format != "csv" && format != "json";
}

std::string chosenFormat(const OptionSet& options) {
    const std::string& format = options.getText("format");
    if (format != "auto")
        return format;
    const std::string& out = options.getText("out");
    const std::string known = figureFormat(out);
    if (known.empty())
        throw UsageError("--out '" + out +
                         "' does not end in .pdf, .svg, .png, .csv or .json; say which with --format.");
    return known;
}

report::FigureSpec galaxyFigure(const report::GalaxyFigureKind& kind, const OptionSet& options,
                                const RunContext& context) {
    const std::string& path = options.getText("study");
    const auto make = [&](const Catalogue& catalogue) {
        return kind.make(catalogue, ownOptions(kind.options, options), context);
    };
    if (isCatalogueFile(path))
        return make(readCatalogue(path, context));
    const auto catalogue =
        studyCatalogueIfThere(session::readStudy(path, context), options.getText("catalogue"), context);
    if (!catalogue)
        throw Error(path + ": the catalogue of this study is not there any more, and figure kind '" +
                    kind.id +
                    "' needs it. Name it with --catalogue, or give the catalogue instead of the study.");
    return make(*catalogue);
}

report::FigureSpec makeFigure(const OptionSet& options, const RunContext& context) {
    const std::string& id = options.getText("kind");
    if (id == reconstructionKind)
        return makeReconstruction(options.getText("study"),
                                  ownOptions(describeReconstructionOptions, options), context);
    for (const report::GalaxyFigureKind& kind : report::galaxyFigures())
        if (kind.id == id)
            return galaxyFigure(kind, options, context);
    Study study = session::readStudy(options.getText("study"), context);
    tellThatThereAreNotes(study, context);
    addCalibrationParts(study);
    const report::FigureKind& kind = report::findFigure(id);
    const auto catalogue = studyCatalogueIfThere(study, options.getText("catalogue"), context);
    const OptionSet own = ownOptions(kind.options, options);
    std::string asked;
    for (const Option& option : own.all())
        asked.append(toText(option.value)).append(" ");
    const io::Table columns = catalogue ? variableTable(*catalogue, asked) : io::Table();
    Stability stability;
    const bool splits = own.contains("vary") && own.getText("vary") == "splits" && canRecalibrate(study);
    if (splits)
        stability = repeatSplits(study, splitsForFigure(own, study), context);
    const report::FigureInput input{
        study, catalogue ? &columns : nullptr, splits ? &stability : nullptr,
        catalogue ? std::span<const double>(catalogue->ra) : std::span<const double>(),
        catalogue ? std::span<const double>(catalogue->dec) : std::span<const double>()};
    return kind.make(input, own);
}

} // namespace

std::string figureFormat(const std::string& path) {
    const std::string ending = lowered(std::filesystem::path(path).extension().string());
    for (const char* known : {"pdf", "svg", "png", "csv", "json"})
        if (ending == std::string(".").append(known))
            return known;
    return {};
}

void checkCanWrite(const std::string& format, const Services& services) {
    if (isDrawn(format) && !services.render)
        throw UsageError("This build has no window libraries, so it cannot draw " + format +
                         ". It writes the plotted numbers: --format csv or --format json.");
}

void writeFigure(const report::FigureSpec& figure, const std::string& path, const std::string& format,
                 const Services& services, const RunContext& context) {
    if (isDrawn(format))
        services.render(figure, path, format);
    else
        writeFileAtomically(
            path, format == "csv" ? report::toCsv(figure) : jsonText(report::toJson(figure), 2) + "\n",
            context.stop);
}

StabilityOptions splitsForFigure(const OptionSet& options, const Study& study) {
    StabilityOptions splits;
    if (const std::string& target = options.getText("target"); !target.empty())
        splits.targets = {target};
    else if (!study.targets.empty())
        splits.targets = {study.targets.front().name};
    splits.methods = options.getTextList("methods");
    splits.repeats = static_cast<int>(options.getInteger("repeats"));
    splits.seed = study.seed;
    return splits;
}

void addOption(OptionSet& options, const Option& option) {
    if (options.contains(option.name))
        return;
    const auto describe = [&]() -> Option& {
        switch (option.kind) {
        case Option::Kind::Flag:
            return options.flag(option.name, std::get<bool>(option.defaultValue), option.help);
        case Option::Kind::Integer:
            return options.integer(option.name, std::get<std::int64_t>(option.defaultValue), option.help);
        case Option::Kind::Real:
            return options.real(option.name, std::get<double>(option.defaultValue), option.help);
        case Option::Kind::Choice:
            return options.choice(option.name, std::get<std::string>(option.defaultValue), option.choices,
                                  option.help);
        case Option::Kind::TextList:
            return options.textList(option.name, std::get<std::vector<std::string>>(option.defaultValue),
                                    option.help);
        case Option::Kind::RealList:
            return options.realList(option.name, std::get<std::vector<double>>(option.defaultValue),
                                    option.help);
        case Option::Kind::InputFile:
            return options.inputFile(option.name, option.help);
        case Option::Kind::OutputFile:
            return options.outputFile(option.name, option.help);
        case Option::Kind::Text:
            break;
        }
        return options.text(option.name, std::get<std::string>(option.defaultValue), option.help);
    };
    describe() = option;
}

void describeFigureOptions(OptionSet& options) {
    options.inputFile("study", "Study file; figures of galaxies also take a catalogue.")
        .asPositional()
        .asRequired();
    options.choice("kind", kindIds().front(), kindIds(), kindsHelp()).in("Figure");
    options.outputFile("out", "File to write.").in("Figure").asRequired();
    options
        .choice("format", "auto", {"auto", "pdf", "svg", "png", "csv", "json"},
                "auto: from the ending of out. pdf and svg are vector, with their fonts inside; csv and json "
                "hold the "
                "plotted numbers and need no window libraries.")
        .in("Figure");
    options
        .inputFile("catalogue", "The study's catalogue, if it has moved; only for figures cut by a column.")
        .in("Figure");
    const auto addAll = [&](void (*describe)(OptionSet&), const std::string& title) {
        OptionSet own;
        describe(own);
        for (Option option : own.all()) {
            if (option.group.empty())
                option.group = title;
            addOption(options, option);
        }
    };
    for (const report::FigureKind& kind : report::allFigures())
        addAll(kind.options, kind.title);
    for (const report::GalaxyFigureKind& kind : report::galaxyFigures())
        addAll(kind.options, kind.title);
    addAll(describeReconstructionOptions, "Reconstruction");
}

CommandResult runFigure(const OptionSet& options, const Services& services, RunContext& context) {
    const std::string format = chosenFormat(options);
    const std::string& out = options.getText("out");
    checkCanWrite(format, services);
    auto figure = std::make_shared<const report::FigureSpec>(makeFigure(options, context));
    for (const report::Panel& panel : figure->panels)
        if (!panel.emptyMessage.empty())
            context.note(panel.emptyMessage);
    context.step(0.5, "writing " + out);
    writeFigure(*figure, out, format, services, context);
    CommandResult result;
    result.figure = figure;
    result.written = {out};
    result.text = figure->caption + "\n";
    return result;
}

} // namespace penumbra::workflow
