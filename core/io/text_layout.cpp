#include "core/io/text_layout.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/text_sample.h"

#include <set>

namespace penumbra::io {

namespace {

/// Most specific first; whatever is none of them is separated text.
constexpr DialectFinder dialects[] = {findEcsvLayout, findMrtLayout, findIpacLayout, findRuledLayout,
                                      findSeparatedLayout};

/// Formats of text that are no tables of lines.
void refuseOthers(const TextSample& sample) {
    for (const SampleLine& line : sample.lines) {
        const std::string_view text = trimmed(line.text);
        if (text.empty() || text.front() == '%') {
            continue;
        }
        if (text.starts_with("\\begin{") || text.starts_with("\\documentclass") ||
            text.starts_with("\\startdata")) {
            throw Error(
                sample.path.string() +
                ": is a LaTeX document, not a table that can be read: write the table as CSV, ECSV or in "
                "the machine-readable form of journals");
        }
        return;
    }
}

bool hasRows(const TextSample& sample) {
    for (const SampleLine& line : sample.lines) {
        if (!trimmed(line.text).empty() && !isCommentLine(line.text)) {
            return true;
        }
    }
    return false;
}

} // namespace

void makeNamesUnique(TextLayout& layout) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < layout.fields.size(); ++i) {
        std::string& name = layout.fields[i].name;
        name = std::string(trimmed(name));
        if (name.empty()) {
            name = "col" + std::to_string(i + 1);
        }
        if (seen.count(name) != 0) {
            std::string fresh;
            for (int k = 2; fresh.empty() || seen.count(fresh) != 0; ++k) {
                fresh = name + "_" + std::to_string(k);
            }
            layout.workarounds.push_back({"repeated-name",
                                          fresh,
                                          "the header names '" + name + "' twice; column " +
                                              std::to_string(i + 1) + " is called " + fresh,
                                          1,
                                          {}});
            name = fresh;
        }
        seen.insert(name);
    }
}

TextLayout findTextLayout(const std::filesystem::path& path) {
    const TextSample sample = readTextSample(path);
    refuseOthers(sample);
    if (!hasRows(sample)) {
        throw Error(path.string() + ": holds no rows, only blank lines or comments");
    }
    for (const DialectFinder find : dialects) {
        if (auto layout = find(sample)) {
            makeNamesUnique(*layout);
            return std::move(*layout);
        }
    }
    throw Error(path.string() + ": no table can be made out");
}

} // namespace penumbra::io
