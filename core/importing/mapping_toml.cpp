#include "core/importing/mapping.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <toml++/toml.h>

namespace penumbra::workflow {

namespace {

std::string placeOf(const std::string& file, const toml::node& node) {
    return file + ":" + std::to_string(node.source().begin.line);
}

std::string asCell(const toml::node& node) {
    if (const auto text = node.value_exact<std::string>())
        return *text;
    if (const auto integer = node.value_exact<std::int64_t>())
        return std::to_string(*integer);
    if (const auto flag = node.value_exact<bool>())
        return *flag ? "true" : "false";
    return shortestReal(node.value<double>().value_or(0.0));
}

/// A TOML table that remembers which keys were asked for; finish() then finds the misspelt ones.
class Section {
public:
    Section(const toml::table& table, std::string file, std::string title)
        : table_(table), file_(std::move(file)), title_(std::move(title)) {}

    const toml::node* find(const std::string& key) {
        known_.push_back(key);
        return table_.get(key);
    }
    std::string text(const std::string& key, const std::string& fallback = "") {
        const toml::node* node = find(key);
        if (!node)
            return fallback;
        if (!node->is_string())
            fail(*node, key, "a text");
        return node->value_exact<std::string>().value_or("");
    }
    double real(const std::string& key, double fallback) {
        const toml::node* node = find(key);
        if (!node)
            return fallback;
        if (!node->is_number())
            fail(*node, key, "a number");
        return node->value<double>().value_or(fallback);
    }
    std::int64_t count(const std::string& key) {
        const toml::node* node = find(key);
        if (!node)
            return 0;
        const auto value = node->value_exact<std::int64_t>();
        if (!value || *value < 0)
            fail(*node, key, "an integer, 0 or more");
        return *value;
    }
    bool flag(const std::string& key, bool fallback) {
        const toml::node* node = find(key);
        if (!node)
            return fallback;
        if (!node->is_boolean())
            fail(*node, key, "true or false");
        return node->value_exact<bool>().value_or(fallback);
    }
    /// A single value counts as a list of one.
    std::vector<std::string> texts(const std::string& key, bool numbersToo = false) {
        std::vector<std::string> values;
        for (const toml::node* node : entries(key)) {
            if (!node->is_string() && !(numbersToo && (node->is_number() || node->is_boolean())))
                fail(*node, key, numbersToo ? "texts or numbers" : "texts");
            values.push_back(asCell(*node));
        }
        return values;
    }
    std::vector<double> reals(const std::string& key) {
        std::vector<double> values;
        for (const toml::node* node : entries(key)) {
            if (!node->is_number())
                fail(*node, key, "numbers");
            values.push_back(node->value<double>().value_or(0.0));
        }
        return values;
    }
    std::string choice(const std::string& key, const std::string& fallback,
                       const std::vector<std::string>& allowed) {
        const std::string value = text(key, fallback);
        if (std::find(allowed.begin(), allowed.end(), value) == allowed.end())
            fail(*table_.get(key), key, "one of " + joinText(allowed, ", "));
        return value;
    }
    std::vector<std::pair<std::string, const toml::node*>> children(const std::string& key) {
        std::vector<std::pair<std::string, const toml::node*>> found;
        const toml::node* node = find(key);
        if (!node)
            return found;
        if (!node->is_table())
            fail(*node, key, "a table");
        return children(*node->as_table());
    }
    /// In the order of the file, which toml++ does not keep.
    static std::vector<std::pair<std::string, const toml::node*>> children(const toml::table& table) {
        std::vector<std::pair<std::string, const toml::node*>> found;
        for (const auto& [name, child] : table)
            found.emplace_back(std::string(name.str()), &child);
        std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
            const auto& x = a.second->source().begin;
            const auto& y = b.second->source().begin;
            return std::pair(x.line, x.column) < std::pair(y.line, y.column);
        });
        return found;
    }
    [[noreturn]] void fail(const toml::node& node, const std::string& key, const std::string& wanted) const {
        throw Error(placeOf(file_, node) + ": " + key + where() + " should be " + wanted);
    }
    void finish() const {
        for (const auto& [name, child] : table_) {
            const std::string key(name.str());
            if (std::find(known_.begin(), known_.end(), key) != known_.end())
                continue;
            const auto near = nearNames(key, known_);
            throw Error(placeOf(file_, child) + ": unknown key '" + key + "'" + where() +
                        (near.empty() ? "; known keys: " + joinText(known_, ", ")
                                      : "; did you mean " + joinText(near, ", ") + "?"));
        }
    }
    const std::string& file() const { return file_; }
    std::string place() const { return placeOf(file_, table_) + where(); }

private:
    std::string where() const { return title_.empty() ? "" : " in [" + title_ + "]"; }
    std::vector<const toml::node*> entries(const std::string& key) {
        std::vector<const toml::node*> found;
        const toml::node* node = find(key);
        if (!node)
            return found;
        if (const toml::array* list = node->as_array()) {
            for (const auto& entry : *list)
                found.push_back(&entry);
        } else {
            found.push_back(node);
        }
        return found;
    }
    const toml::table& table_;
    std::string file_, title_;
    std::vector<std::string> known_;
};

std::vector<MissingRule> readMissing(Section& root) {
    std::vector<MissingRule> rules;
    for (const auto& [pattern, node] : root.children("missing")) {
        MissingRule rule;
        rule.pattern = pattern;
        toml::array single;
        const toml::array* list = node->as_array();
        if (!list) {
            if (!node->is_number() && !node->is_string())
                root.fail(*node, pattern, "a value or a list of values that mean missing");
            node->visit([&single](const auto& value) { single.push_back(value); });
            list = &single;
        }
        for (const auto& entry : *list) {
            if (const auto integer = entry.value_exact<std::int64_t>())
                rule.integers.push_back(*integer);
            if (entry.is_number())
                rule.numbers.push_back(entry.value<double>().value_or(0.0));
            else if (entry.is_string())
                rule.texts.push_back(asCell(entry));
            else
                root.fail(*node, pattern, "a list of numbers and texts that mean missing");
        }
        rules.push_back(std::move(rule));
    }
    return rules;
}

std::vector<JoinRule> readJoins(Section& root) {
    std::vector<JoinRule> joins;
    const toml::node* node = root.find("join");
    if (!node)
        return joins;
    const toml::array* list = node->as_array();
    if (!list)
        root.fail(*node, "join", "written as [[join]], once per table");
    for (const auto& entry : *list) {
        if (!entry.is_table())
            root.fail(entry, "join", "written as [[join]], once per table");
        Section section(*entry.as_table(), root.file(), "[join]");
        JoinRule join;
        join.file = section.text("file");
        join.part = section.text("part");
        join.key = section.text("key");
        join.otherKey = section.text("other_key");
        join.prefix = section.text("prefix");
        join.dropUnmatched = section.choice("unmatched", "missing", {"missing", "drop"}) == "drop";
        section.finish();
        if (join.file.empty())
            throw Error(section.place() + ": file is missing: the table to join");
        if (join.key.empty() && !join.otherKey.empty())
            throw Error(section.place() + ": other_key needs key, the column of the input");
        joins.push_back(std::move(join));
    }
    return joins;
}

std::vector<ColumnRule> readColumns(Section& root) {
    std::vector<ColumnRule> columns;
    for (const auto& [name, node] : root.children("columns")) {
        ColumnRule column;
        column.name = name;
        if (const toml::table* table = node->as_table()) {
            Section section(*table, root.file(), "columns." + name);
            column.from = section.text("from", name);
            column.unit = section.text("unit");
            column.description = section.text("description");
            section.finish();
        } else if (node->is_string()) {
            column.from = asCell(*node);
        } else {
            root.fail(*node, name, "a column, an expression or a table with from, unit, description");
        }
        columns.push_back(std::move(column));
    }
    return columns;
}

/// "MODELFLUX" with five bands means MODELFLUX[0] to MODELFLUX[4].
std::vector<std::string> spreadOverBands(std::vector<std::string> list, std::size_t bands) {
    if (list.size() != 1 || bands < 2)
        return list;
    std::vector<std::string> spread;
    for (std::size_t k = 0; k < bands; ++k)
        spread.push_back(list.front() + "[" + std::to_string(k) + "]");
    return spread;
}

void checkFeatureRule(const FeatureRule& rule, const Section& section) {
    const auto fail = [&section](const std::string& why) { throw Error(section.place() + ": " + why); };
    if (!rule.fluxes.empty() && !rule.magnitudes.empty())
        fail("give flux or magnitude, not both");
    if (!rule.ivars.empty() && !rule.errors.empty())
        fail("give ivar or error, not both");
    const auto& values = rule.fluxes.empty() ? rule.magnitudes : rule.fluxes;
    if (values.empty() && rule.columns.empty())
        fail("nothing to make features of: give flux, magnitude or columns");
    if (!rule.magnitudes.empty() && !rule.ivars.empty())
        fail("magnitudes have error columns, not ivar");
    if (!rule.magnitudes.empty() && rule.transform == FeatureRule::Transform::Asinh)
        fail("transform asinh needs fluxes; magnitudes stay as they are with \"magnitude\"");
    const std::pair<const char*, std::size_t> lists[] = {{"bands", rule.bands.size()},
                                                         {"ivar", rule.ivars.size()},
                                                         {"error", rule.errors.size()},
                                                         {"extinction", rule.extinctions.size()},
                                                         {"softening", rule.softening.size()}};
    for (const auto& [key, size] : lists)
        if (size != 0 && size != values.size())
            fail(std::string(key) + " has " + std::to_string(size) + " entries, but there are " +
                 std::to_string(values.size()) + " bands of flux or magnitude");
    if (rule.useErrors && rule.ivars.empty() && rule.errors.empty())
        fail("errors_as_features needs ivar or error columns");
    if (rule.useColours && values.size() < 2)
        fail("colours need two bands or more");
    if (rule.useColours && !rule.fluxes.empty() && rule.transform == FeatureRule::Transform::Raw)
        fail("colours need magnitudes: set transform to \"asinh\" or \"magnitude\"");
}

FeatureRule readFeatureRule(const std::string& name, const toml::node& node, Section& root) {
    if (!node.is_table())
        root.fail(node, name, "a table: [features." + name + "]");
    Section section(*node.as_table(), root.file(), "features." + name);
    FeatureRule rule;
    rule.name = name;
    rule.bands = section.texts("bands");
    rule.fluxes = spreadOverBands(section.texts("flux"), rule.bands.size());
    rule.magnitudes = spreadOverBands(section.texts("magnitude"), rule.bands.size());
    rule.ivars = spreadOverBands(section.texts("ivar"), rule.bands.size());
    rule.errors = spreadOverBands(section.texts("error"), rule.bands.size());
    rule.extinctions = spreadOverBands(section.texts("extinction"), rule.bands.size());
    const bool photometric = !rule.fluxes.empty() || !rule.magnitudes.empty();
    const std::string fallback = rule.fluxes.empty() ? (photometric ? "magnitude" : "raw") : "asinh";
    const std::string transform = section.choice("transform", fallback, {"asinh", "magnitude", "raw"});
    rule.transform = transform == "asinh"       ? FeatureRule::Transform::Asinh
                     : transform == "magnitude" ? FeatureRule::Transform::Magnitude
                                                : FeatureRule::Transform::Raw;
    rule.zeroPoint = section.real("zero_point", 22.5);
    rule.softening = section.reals("softening");
    rule.useBands = section.flag("values", true);
    rule.useColours = section.flag("colours", false);
    rule.useErrors = section.flag("errors_as_features", false);
    rule.columns = section.texts("columns");
    rule.imputeMedian = section.choice("missing", "quarantine", {"quarantine", "median"}) == "median";
    section.finish();
    checkFeatureRule(rule, section);
    return rule;
}

std::vector<TargetRule> readTargets(Section& root) {
    std::vector<TargetRule> targets;
    for (const auto& [name, node] : root.children("targets")) {
        TargetRule target;
        target.name = name;
        if (const toml::table* table = node->as_table()) {
            Section section(*table, root.file(), "targets." + name);
            target.from = section.text("from", name);
            target.unit = section.text("unit");
            target.label = section.text("label");
            target.error = section.text("error");
            target.missing = section.reals("missing");
            section.finish();
        } else if (node->is_string()) {
            target.from = asCell(*node);
        } else {
            root.fail(*node, name,
                      "a column, an expression or a table with from, unit, label, error, missing");
        }
        targets.push_back(std::move(target));
    }
    return targets;
}

SplitRule readSplit(Section& root) {
    SplitRule split;
    const toml::node* node = root.find("split");
    if (!node)
        return split;
    if (!node->is_table())
        root.fail(*node, "split", "a table");
    Section section(*node->as_table(), root.file(), "split");
    split.column = section.text("column");
    split.train = section.texts("train", true);
    split.calibration = section.texts("calibration", true);
    split.test = section.texts("test", true);
    split.dropOthers = section.choice("others", "error", {"error", "drop"}) == "drop";
    split.fractions = section.reals("fractions");
    split.seed = static_cast<std::uint64_t>(section.count("seed"));
    section.finish();
    if (split.column.empty() == split.fractions.empty())
        throw Error(section.place() + ": give column, or fractions (and seed)");
    if (!split.fractions.empty() && split.fractions.size() != 2)
        throw Error(section.place() +
                    ": fractions should be two numbers, train and calibration; the rest is test");
    return split;
}

} // namespace

ImportMapping parseImportMapping(std::string_view text, const std::string& fileName) {
    toml::table table;
    try {
        table = toml::parse(text, fileName);
    } catch (const toml::parse_error& error) {
        throw Error(fileName + ":" + std::to_string(error.source().begin.line) + ": " +
                    std::string(error.description()));
    }
    Section root(table, fileName, "");
    ImportMapping mapping;
    mapping.text = std::string(text);
    mapping.input = root.text("input");
    mapping.part = root.text("part");
    mapping.cone = root.text("cone");
    mapping.tiles = root.text("tiles");
    mapping.keepSamples = root.flag("samples", true);
    mapping.maxRows = static_cast<std::size_t>(root.count("max_rows"));
    mapping.objectId = root.text("object_id");
    mapping.ra = root.text("ra");
    mapping.dec = root.text("dec");
    for (const auto& [name, node] : root.children("attributes")) {
        if (!node->is_string())
            root.fail(*node, name, "a text");
        mapping.attributes[name] = asCell(*node);
    }
    mapping.missing = readMissing(root);
    mapping.joins = readJoins(root);
    mapping.cuts = root.texts("cuts");
    mapping.carry = root.texts("carry");
    mapping.carryInputs = root.flag("carry_inputs", false);
    mapping.columns = readColumns(root);
    for (const auto& [name, node] : root.children("features"))
        mapping.features.push_back(readFeatureRule(name, *node, root));
    mapping.targets = readTargets(root);
    mapping.split = readSplit(root);
    root.finish();
    return mapping;
}

ImportMapping readImportMapping(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path))
        throw Error("cannot read the mapping " + path.string());
    std::ostringstream text;
    text << file.rdbuf();
    ImportMapping mapping = parseImportMapping(text.str(), path.string());
    mapping.folder = path.parent_path();
    return mapping;
}

} // namespace penumbra::workflow
