#include "core/importing/columns.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/expression.h"
#include "core/importing/samples.h"
#include "core/importing/tables.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

class Needed {
public:
    Needed(const std::vector<std::string>& there, bool joined) : there_(there), joined_(joined) {}

    /// An expression, a column's bare name, or a pattern of names. "r*2" may be two of them: a product of r,
    /// and a pattern that r2 matches.
    void add(const std::string& text) {
        if (text.empty())
            return;
        const bool matched = addMatching(text);
        if (matched && text.find_first_of("*?") == std::string::npos)
            return; // a column's name, however odd
        try {
            for (const std::string& name : Expression(text).columnNames())
                if (!matched || isThere(name))
                    addName(name);
        } catch (const Error&) {
            if (!matched)
                addName(text); // its reader will say what is wrong
        }
    }
    void add(const std::vector<std::string>& texts) {
        for (const std::string& text : texts)
            add(text);
    }
    /// Names that match; false if none does.
    bool addMatching(const std::string& pattern) {
        const std::size_t before = names_.size();
        for (const std::string& name : there_)
            if (matchesPattern(pattern, name))
                names_.push_back(name);
        return names_.size() > before;
    }
    void addName(const std::string& name) {
        if (!joined_ || isThere(name))
            names_.push_back(name);
    }
    std::vector<std::string> names() {
        std::sort(names_.begin(), names_.end());
        names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
        return std::move(names_);
    }

private:
    bool isThere(const std::string& name) const {
        const std::string bare = lowered(name.substr(0, name.find('[')));
        return std::any_of(there_.begin(), there_.end(), [&](const std::string& other) {
            return lowered(other) == lowered(name) || lowered(other) == bare;
        });
    }

    const std::vector<std::string>& there_;
    bool joined_;
    std::vector<std::string> names_;
};

void addFeatures(const FeatureRule& rule, Needed& needed) {
    for (const auto* list :
         {&rule.fluxes, &rule.magnitudes, &rule.ivars, &rule.errors, &rule.extinctions, &rule.columns})
        needed.add(*list);
}

} // namespace

std::vector<std::string> neededColumns(const ImportMapping& mapping, const std::vector<std::string>& there) {
    Needed needed(there, !mapping.joins.empty());
    for (const auto* name : {&mapping.objectId, &mapping.ra, &mapping.dec, &mapping.split.column})
        needed.add(*name);
    for (const auto& rule : mapping.missing)
        if (rule.pattern.find_first_not_of("*") != std::string::npos)
            needed.addMatching(rule.pattern);
    for (const auto& join : mapping.joins)
        needed.add(join.key);
    needed.add(mapping.cuts);
    needed.add(mapping.carry);
    for (const auto& column : mapping.columns)
        needed.add(column.from);
    for (const auto& rule : mapping.features)
        addFeatures(rule, needed);
    for (const auto& target : mapping.targets) {
        needed.add(target.from);
        needed.add(target.error);
    }
    if (mapping.keepSamples)
        for (const std::string& name : sampleColumns(mapping, there))
            needed.addName(name);
    return needed.names();
}

} // namespace penumbra::workflow
