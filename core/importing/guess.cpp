#include "core/importing/guess.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/photometry.h"
#include "core/importing/column_roles.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

namespace penumbra::workflow {

namespace {

/// As a formula takes it: in backquotes where it is no plain word.
std::string inFormula(const std::string& name) {
    const bool plain = !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
                       std::all_of(name.begin(), name.end(), [](unsigned char c) {
                           return c < 128 && (std::isalnum(c) != 0 || c == '_');
                       });
    return plain ? name : "`" + name + "`";
}

/// What the doctor found that an import should heed.
struct Suspects {
    std::set<std::string> constant;
    std::vector<std::string> codes;
};

/// 0 and -1 stay: "missing" holds for every column, and elsewhere they may be honest.
Suspects suspectsIn(const doctor::Report* report) {
    Suspects found;
    if (report == nullptr)
        return found;
    for (const doctor::Finding& finding : report->findings) {
        if (finding.kind == "constant")
            found.constant.insert(finding.column);
        if (finding.kind == "missing-code" && finding.severity != doctor::Severity::Note &&
            !finding.code.empty() && finding.code != "0" && finding.code != "-1" &&
            std::find(found.codes.begin(), found.codes.end(), finding.code) == found.codes.end())
            found.codes.push_back(finding.code);
    }
    return found;
}

class Guesser {
public:
    Guesser(const io::Table& table, const std::vector<io::ColumnFacts>& columns, const doctor::Report* report)
        : table_(table), columns_(columns), roles_(rolesOf(columns, table.rows())),
          suspects_(suspectsIn(report)) {}

    ImportGuess guess() {
        findIdentity();
        findPositions();
        findPredictions();
        findTarget();
        findFeatures();
        findCuts();
        if (!columns_.empty())
            tell("columns", "all of one value a row stay, to bin, cut and look at", out_.keep, {"*"});
        if (!suspects_.codes.empty())
            tell("missing",
                 joinText(suspects_.codes, ", ") + ": stands for \"not measured\", says the data check",
                 out_.missing, suspects_.codes);
        return std::move(out_);
    }

private:
    template <typename T>
    void tell(const std::string& what, const std::string& why, T& to, T value) {
        to = std::move(value);
        out_.reasons.push_back({what, why});
    }
    const io::ColumnFacts* first(Role role) const {
        for (std::size_t i = 0; i < columns_.size(); ++i)
            if (roles_[i] == role)
                return &columns_[i];
        return nullptr;
    }

    void findIdentity() {
        for (std::size_t i = 0; i < columns_.size(); ++i)
            if (roles_[i] == Role::Identity && !columns_[i].isVector() &&
                !columns_[i].type.starts_with("float")) {
                tell("id", columns_[i].name + ": an identity by its name", out_.id, columns_[i].name);
                return;
            }
        for (std::size_t i = 0; i < columns_.size(); ++i) { // names are no identity where they come twice
            const io::ColumnFacts& column = columns_[i];
            if (roles_[i] == Role::ObjectName && !column.isVector() && !column.type.starts_with("float") &&
                column.missing == 0 && column.different == table_.rows()) {
                tell("id", column.name + ": a name that no two rows share", out_.id, column.name);
                return;
            }
        }
    }

    void findPositions() {
        if (const auto* column = first(Role::RightAscension))
            tell("ra", column->name + ": by its name, within -180 to 360 degrees", out_.ra, column->name);
        if (const auto* column = first(Role::Declination))
            tell("dec", column->name + ": by its name, within -90 to 90 degrees", out_.dec, column->name);
        if (const auto* column = first(Role::Split))
            tell("split-column", column->name + ": by its name", out_.split, column->name);
    }

    void findPredictions() {
        const auto take = [&](Role role, const char* what, std::string& to) {
            if (const auto* column = first(role))
                tell(what,
                     column->name +
                         ": by its name, made by another code: no input and no truth, but kept as a "
                         "column that a study can judge",
                     to, column->name);
        };
        take(Role::Prediction, "prediction", out_.prediction);
        take(Role::PredictedError, "spread", out_.spread);
        take(Role::PredictedLower, "lower", out_.lower);
        take(Role::PredictedUpper, "upper", out_.upper);
    }

    /// The surest names first; where nothing is named as what is usually predicted, the last number, unless
    /// another code's redshifts show that redshifts are meant.
    void findTarget() {
        std::string why = ": a redshift by its name and range";
        const io::ColumnFacts* target = redshift();
        if (target == nullptr) {
            target = first(Role::Quantity);
            why = ": a quantity that is often predicted, by its name";
        }
        if (target == nullptr && out_.prediction.empty()) {
            for (std::size_t i = columns_.size(); i-- > 0 && target == nullptr;)
                if (mayBeInput(i) && !columns_[i].isVector() && bandOf(columns_[i].name).band.empty())
                    target = &columns_[i];
            if (target == nullptr)
                for (std::size_t i = columns_.size(); i-- > 0 && target == nullptr;)
                    if (mayBeInput(i) && !columns_[i].isVector())
                        target = &columns_[i];
            why = ": the last number, since no name tells; change it if something else is to be predicted";
            if (countInputs() < 2)
                target = nullptr;
        }
        if (target == nullptr)
            return;
        targetColumn_ = target->name;
        std::string name = target->name;
        std::replace_if(
            name.begin(), name.end(), [](char c) { return c == '=' || c == '/' || c == '`' || c == ','; },
            '_');
        if (name != target->name)
            name += "=`" + target->name + "`";
        tell("target", target->name + why, out_.target, name);
    }

    /// A measured one named as such rather than "z" alone or a simulation's.
    const io::ColumnFacts* redshift() const {
        const io::ColumnFacts* best = nullptr;
        int bestRank = 9;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (roles_[i] != Role::Redshift)
                continue;
            const std::string key = lowered(columns_[i].name);
            const int rank = key.find("true") != std::string::npos || key == "mcz" ? 2 : key == "zs" ? 1 : 0;
            if (rank < bestRank) {
                best = &columns_[i];
                bestRank = rank;
            }
        }
        return best;
    }

    bool mayBeInput(std::size_t i) const {
        switch (roles_[i]) {
        case Role::Number:
        case Role::Numbers:
        case Role::Magnitude:
        case Role::Flux:
        case Role::InverseVariance:
        case Role::Quantity:
        case Role::Redshift:
            return columns_[i].name != targetColumn_ && !suspects_.constant.contains(columns_[i].name);
        default:
            return false;
        }
    }
    std::size_t countInputs() const {
        std::size_t count = 0;
        for (std::size_t i = 0; i < columns_.size(); ++i)
            count += mayBeInput(i) ? 1 : 0;
        return count;
    }

    /// Numbers as they are, fluxes as magnitudes, and the colours of neighbouring bands.
    void findFeatures() {
        std::vector<std::string> features;
        std::size_t fluxes = 0;
        std::map<std::string, std::vector<std::pair<std::size_t, std::string>>> systems;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (!mayBeInput(i) || roles_[i] == Role::Redshift)
                continue;                           // another redshift would give the answer away
            std::string feature = columns_[i].name; // bare names are understood, however odd
            std::string inColour = inFormula(feature);
            if (roles_[i] == Role::Flux) {
                if (const std::string magnitude = magnitudeOf(i); !magnitude.empty()) {
                    feature = inColour = magnitude;
                    ++fluxes;
                } else {
                    inColour.clear();
                }
            }
            features.push_back(feature);
            const bool bright = roles_[i] == Role::Magnitude || roles_[i] == Role::Flux;
            if (const BandName band = bandOf(columns_[i].name); bright && !inColour.empty())
                systems[band.system].emplace_back(placeOfBand(band.band), inColour);
        }
        const std::size_t plain = features.size();
        addColours(systems, features);
        if (features.empty())
            return;
        std::string why =
            "numbers that are neither identity, position, code nor answer: " + std::to_string(plain);
        if (fluxes > 0)
            why += "; of them " + std::to_string(fluxes) + " fluxes as magnitudes";
        if (features.size() > plain)
            why += "; and " + std::to_string(features.size() - plain) + " colours of neighbouring bands";
        tell("features-from", why, out_.features, features);
    }

    static void addColours(std::map<std::string, std::vector<std::pair<std::size_t, std::string>>>& systems,
                           std::vector<std::string>& features) {
        for (auto& [system, magnitudes] : systems) {
            std::stable_sort(magnitudes.begin(), magnitudes.end(),
                             [](const auto& a, const auto& b) { return a.first < b.first; });
            for (std::size_t k = 1; k < magnitudes.size(); ++k)
                if (magnitudes[k].first > magnitudes[k - 1].first)
                    features.push_back(magnitudes[k - 1].second + "-" + magnitudes[k].second);
        }
    }

    /// Pogson's where every flux is positive; asinh magnitudes (Lupton, Gunn & Szalay 1999) where an inverse
    /// variance tells the softening. Empty: neither.
    std::string magnitudeOf(std::size_t i) const {
        const std::string name = inFormula(columns_[i].name);
        if (columns_[i].low > 0.0)
            return "(-2.5*log10(" + name + "))";
        const BandName band = bandOf(columns_[i].name);
        for (std::size_t k = 0; k < columns_.size(); ++k) {
            if (roles_[k] != Role::InverseVariance || bandOf(columns_[k].name).band != band.band)
                continue;
            try {
                const double b =
                    defaultSoftening(errorsFromInverseVariance(table_.at(columns_[k].name).asReals()));
                return "(-1.0857362*asinh(" + name + "/" + formatReal(2.0 * b, 4) + "))";
            } catch (const Error&) { // no error is known
            }
        }
        return {};
    }

    void findCuts() {
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const std::string key = lowered(columns_[i].name);
            if (roles_[i] != Role::QualityFlag || !isOneOf(key, {"zwarn", "zwarning"}) ||
                columns_[i].low != 0.0 || columns_[i].high == 0.0)
                continue;
            tell("cut", columns_[i].name + ": a redshift's warnings; 0 means none", out_.cuts,
                 {inFormula(columns_[i].name) + " == 0"});
        }
    }

    const io::Table& table_;
    const std::vector<io::ColumnFacts>& columns_;
    std::vector<Role> roles_;
    Suspects suspects_;
    std::string targetColumn_;
    ImportGuess out_;
};

} // namespace

ImportGuess guessImport(const io::Table& table, const std::vector<io::ColumnFacts>& columns,
                        const doctor::Report* report) {
    return Guesser(table, columns, report).guess();
}

} // namespace penumbra::workflow
