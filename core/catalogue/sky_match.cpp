#include "core/catalogue/sky_match.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <unordered_map>

namespace penumbra {

namespace {

constexpr double degree = std::numbers::pi / 180.0;
constexpr double arcsecond = degree / 3600.0;
constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

struct Direction {
    std::array<double, 3> at;
    std::size_t row;
};

std::vector<Direction> directions(Positions positions) {
    if (positions.ra.size() != positions.dec.size())
        throw Error("a position match needs as many declinations as right ascensions");
    std::vector<Direction> found;
    found.reserve(positions.ra.size());
    for (std::size_t row = 0; row < positions.ra.size(); ++row) {
        const double ra = positions.ra[row], dec = positions.dec[row];
        if (!std::isfinite(ra) || !std::isfinite(dec))
            continue;
        if (std::abs(dec) > 90.0)
            throw Error("row " + std::to_string(row) + " has declination " + shortestReal(dec) +
                        "; positions are wanted in degrees, between -90 and 90");
        const double c = std::cos(dec * degree);
        found.push_back(
            {{c * std::cos(ra * degree), c * std::sin(ra * degree), std::sin(dec * degree)}, row});
    }
    return found;
}

double squaredChord(const Direction& a, const Direction& b) {
    double sum = 0.0;
    for (std::size_t k = 0; k < 3; ++k)
        sum += (a.at[k] - b.at[k]) * (a.at[k] - b.at[k]);
    return sum;
}

/// A balanced k-d tree in place: the median of every piece stands in its middle, the axis is that of the
/// largest extent.
class DirectionTree {
public:
    explicit DirectionTree(std::vector<Direction> points)
        : points_(std::move(points)), axes_(points_.size(), 0) {
        build(0, points_.size());
    }

    struct Nearest {
        const Direction* point = nullptr;
        double squared;
    };
    /// The nearest point no farther than the root of `squaredLimit`.
    Nearest nearest(const Direction& to, double squaredLimit) const {
        Nearest best{nullptr, squaredLimit};
        search(0, points_.size(), to, best);
        return best;
    }
    const std::vector<Direction>& points() const { return points_; }

private:
    std::size_t widestAxis(std::size_t begin, std::size_t end) const {
        std::array<double, 3> low{2, 2, 2}, high{-2, -2, -2};
        for (std::size_t i = begin; i < end; ++i)
            for (std::size_t k = 0; k < 3; ++k) {
                low[k] = std::min(low[k], points_[i].at[k]);
                high[k] = std::max(high[k], points_[i].at[k]);
            }
        std::size_t widest = 0;
        for (std::size_t k = 1; k < 3; ++k)
            if (high[k] - low[k] > high[widest] - low[widest])
                widest = k;
        return widest;
    }

    void build(std::size_t begin, std::size_t end) {
        while (end - begin > 1) {
            const std::size_t axis = widestAxis(begin, end), middle = begin + (end - begin) / 2;
            const auto at = [&](std::size_t i) { return points_.begin() + static_cast<std::ptrdiff_t>(i); };
            std::nth_element(at(begin), at(middle), at(end), [axis](const Direction& a, const Direction& b) {
                return a.at[axis] < b.at[axis];
            });
            axes_[middle] = static_cast<std::uint8_t>(axis);
            build(begin, middle);
            begin = middle + 1;
        }
    }

    void search(std::size_t begin, std::size_t end, const Direction& to, Nearest& best) const {
        while (begin < end) {
            const std::size_t middle = begin + (end - begin) / 2;
            const Direction& here = points_[middle];
            const double squared = squaredChord(here, to);
            const bool lowerRow = squared == best.squared && (!best.point || here.row < best.point->row);
            if (squared < best.squared || lowerRow)
                best = {&here, squared};
            const std::size_t axis = axes_[middle];
            const double offset = to.at[axis] - here.at[axis];
            const bool left = offset < 0.0;
            search(left ? begin : middle + 1, left ? middle : end, to, best);
            if (offset * offset > best.squared)
                return;
            (left ? begin : end) = left ? middle + 1 : middle;
        }
    }

    std::vector<Direction> points_;
    std::vector<std::uint8_t> axes_;
};

void listUnmatched(Match& match, std::size_t firstRows, std::size_t secondRows) {
    std::vector<std::uint8_t> first(firstRows, 0), second(secondRows, 0);
    for (const auto& pair : match.pairs) {
        first[pair.first] = 1;
        second[pair.second] = 1;
    }
    for (std::size_t row = 0; row < firstRows; ++row)
        if (!first[row])
            match.unmatchedFirst.push_back(row);
    for (std::size_t row = 0; row < secondRows; ++row)
        if (!second[row])
            match.unmatchedSecond.push_back(row);
}

/// A chord of the unit sphere as an angle.
double chordArcsec(double squared) {
    return 2.0 * std::asin(std::min(1.0, std::sqrt(squared) / 2.0)) / arcsecond;
}

/// The squared chord of a tolerance. Rounding of a unit vector moves it by 1e-16; equal positions must match
/// at tolerance 0.
double squaredLimitOf(double toleranceArcsec) {
    if (!(toleranceArcsec >= 0.0 && toleranceArcsec <= 180.0 * 3600.0))
        throw Error("a match tolerance of " + shortestReal(toleranceArcsec) +
                    " arcsec makes no sense; it lies between 0 and 648000");
    const double chord = 2.0 * std::sin(toleranceArcsec * arcsecond / 2.0);
    return (chord + 1e-15) * (chord + 1e-15);
}

/// 10 and "10" are one identifier; "B12-7" is itself.
std::string idKey(const io::Column& column, std::size_t row) {
    const std::string text = column.asText(row);
    const auto integer = parseInteger(text);
    return integer ? std::to_string(*integer) : text;
}

template <typename Key, typename KeyOf>
void pairByKey(Match& match, std::size_t firstRows, std::size_t secondRows, KeyOf keyOf,
               const io::Column& first, const io::Column& second) {
    std::unordered_map<Key, std::size_t> rowOf;
    rowOf.reserve(secondRows);
    for (std::size_t row = 0; row < secondRows; ++row)
        if (!second.isMissing(row))
            rowOf.emplace(keyOf(second, row), row); // the first of repeated ids stays
    for (std::size_t row = 0; row < firstRows; ++row) {
        if (first.isMissing(row))
            continue;
        const auto found = rowOf.find(keyOf(first, row));
        if (found == rowOf.end())
            continue;
        match.pairs.push_back({row, found->second, 0.0});
        rowOf.erase(found);
    }
}

} // namespace

Match matchPositions(Positions first, Positions second, double toleranceArcsec, const RunContext& context) {
    const double squaredLimit = squaredLimitOf(toleranceArcsec);
    context.step(0.0, "matching positions");
    const DirectionTree firstTree(directions(first));
    context.step(0.3, "matching positions");
    const DirectionTree secondTree(directions(second));
    std::vector<std::size_t> partner(first.ra.size(), none);
    std::vector<double> squaredOf(first.ra.size(), 0.0);
    const auto& points = firstTree.points(); // in tree order: neighbours share the cache
    parallelFor(points.size(), context.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            if (i % 65536 == 0)
                context.checkStop();
            const auto there = secondTree.nearest(points[i], squaredLimit);
            if (!there.point)
                continue;
            const auto back = firstTree.nearest(*there.point, there.squared);
            if (back.point && back.point->row == points[i].row) {
                partner[points[i].row] = there.point->row;
                squaredOf[points[i].row] = there.squared;
            }
        }
    });
    Match match;
    for (std::size_t row = 0; row < partner.size(); ++row)
        if (partner[row] != none)
            match.pairs.push_back({row, partner[row], chordArcsec(squaredOf[row])});
    listUnmatched(match, first.ra.size(), second.ra.size());
    context.step(1.0, "matching positions");
    return match;
}

std::vector<Neighbour> nearestPositions(Positions first, Positions second, double toleranceArcsec,
                                        const RunContext& context) {
    const double squaredLimit = squaredLimitOf(toleranceArcsec);
    std::vector<Neighbour> found(first.ra.size(), Neighbour{io::noRow, 0.0});
    const std::vector<Direction> points = directions(first);
    const DirectionTree tree(directions(second));
    parallelFor(points.size(), context.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            if (i % 65536 == 0)
                context.checkStop();
            const auto there = tree.nearest(points[i], squaredLimit);
            if (there.point)
                found[points[i].row] = {there.point->row, chordArcsec(there.squared)};
        }
    });
    return found;
}

double angularSeparationArcsec(double firstRa, double firstDec, double secondRa, double secondDec) {
    const double ra[] = {firstRa, secondRa}, dec[] = {firstDec, secondDec};
    const auto both = directions({ra, dec});
    return both.size() == 2 ? chordArcsec(squaredChord(both[0], both[1]))
                            : std::numeric_limits<double>::quiet_NaN();
}

Match matchIds(const io::Column& first, const io::Column& second) {
    Match match;
    const auto* firstIntegers = std::get_if<std::vector<std::int64_t>>(&first.values);
    const auto* secondIntegers = std::get_if<std::vector<std::int64_t>>(&second.values);
    if (firstIntegers && secondIntegers)
        pairByKey<std::int64_t>(
            match, first.rows(), second.rows(),
            [](const io::Column& column, std::size_t row) {
                return std::get<std::vector<std::int64_t>>(column.values)[row];
            },
            first, second);
    else if (!first.isNumeric() && !second.isNumeric())
        pairByKey<std::string>(
            match, first.rows(), second.rows(),
            [](const io::Column& column, std::size_t row) { return column.asText(row); }, first, second);
    else
        pairByKey<std::string>(match, first.rows(), second.rows(), idKey, first, second);
    listUnmatched(match, first.rows(), second.rows());
    return match;
}

} // namespace penumbra
