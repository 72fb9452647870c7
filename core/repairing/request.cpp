#include "core/repairing/request.h"

#include "core/base/text.h"

#include <filesystem>

namespace penumbra::workflow {

namespace {

[[noreturn]] void refuse(const std::string& by, const std::string& why) {
    throw UsageError("--by '" + by + "': " + why);
}

/// Takes ":8" off the end.
int takeBins(std::string& text, const std::string& by) {
    const std::size_t colon = text.rfind(':');
    const auto bins = colon == std::string::npos ? std::nullopt : parseInteger(text.substr(colon + 1));
    if (!bins)
        return RepairRequest{}.bins;
    if (*bins < 2 || *bins > 1000)
        refuse(by, "there must be 2 to 1000 bins, not " + std::to_string(*bins) + ".");
    text.resize(colon);
    return static_cast<int>(*bins);
}

void checkName(const std::string& by, const std::string& name) {
    if (name.find_first_of(",/&") != std::string::npos)
        refuse(by, "'" + name +
                       "' holds a comma, slash or &, which names of repaired methods cannot; import "
                       "it under another name.");
}

} // namespace

std::string RepairRequest::argument() const {
    if (!columns.empty())
        return joinText(columns, "&");
    if (!space.empty())
        return space;
    return catalogue.empty() ? subset : std::filesystem::path(catalogue).stem().string();
}

RepairRequest parseRepairRequest(const std::string& by, const std::string& where) {
    const std::size_t colon = by.find(':');
    const uq::RepairInfo& info = uq::findRepair(by.substr(0, colon));
    std::string rest = colon == std::string::npos ? std::string() : by.substr(colon + 1);
    const std::string form = std::string(info.word) + (*info.argument == '\0' ? "" : ":") + info.argument;
    RepairRequest request;
    request.kind = info.kind;
    using Kind = uq::RepairKind;
    if (rest.empty() != (*info.argument == '\0') && info.kind != Kind::Shift && info.kind != Kind::Localised)
        refuse(by, "write it as " + form + ".");
    if (!where.empty() && info.kind != Kind::Subset)
        throw UsageError(
            "--where says what the subset of --by subset:NAME is; it goes with no other repair.");
    if (info.kind == Kind::Mondrian) {
        request.bins = takeBins(rest, by);
        request.columns = {rest};
    } else if (info.kind == Kind::Conditional) {
        request.bins = takeBins(rest, by);
        request.columns = splitText(rest, ',');
    } else if (info.kind == Kind::Subset) {
        request.subset = rest;
        request.where = where;
        checkName(by, rest);
    } else if (info.kind == Kind::Localised) {
        request.space = rest.empty() ? "net" : rest;
        if (!isOneOf(request.space, {"net", "aion"}))
            refuse(by, "write it as " + form +
                           ": in the metric learned on the head's hidden layer or on the features.");
    } else {
        request.catalogue = rest;
    }
    for (const std::string& column : request.columns) {
        if (column.empty())
            refuse(by, "write it as " + form + ".");
        checkName(by, column);
    }
    return request;
}

} // namespace penumbra::workflow
