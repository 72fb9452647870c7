#pragma once

#include "core/base/run_context.h"
#include "core/io/table.h"

#include <cstddef>
#include <span>
#include <vector>

namespace penumbra {

struct MatchedPair {
    std::size_t first = 0;  ///< row in the first table
    std::size_t second = 0; ///< row in the second
    double separationArcsec = 0.0;
};

/// A one-to-one match of two tables: no row of either is in two pairs.
struct Match {
    std::vector<MatchedPair> pairs; ///< in order of the first table's rows
    std::vector<std::size_t> unmatchedFirst, unmatchedSecond;
};

/// Sky positions in degrees, one value per row; rows with NaN match nothing.
struct Positions {
    std::span<const double> ra, dec;
};

/// Mutual nearest neighbours within the tolerance, by angle on the sphere, so that RA 0/360 and the poles are
/// as good as any other place. A tie in distance goes to the lower row. k-d tree on unit vectors, O(N log N).
/// @throws Error for a declination beyond 90 degrees, naming the row, or a tolerance that is not in 0..180
/// degrees.
Match matchPositions(Positions first, Positions second, double toleranceArcsec,
                     const RunContext& context = {});

/// What lies nearest in another table.
struct Neighbour {
    std::size_t row = 0; ///< in the second table; io::noRow if nothing is near
    double separationArcsec = 0.0;
};

/// For every row of the first table its nearest of the second within the tolerance; several rows may have the
/// same one. @throws Error as matchPositions
std::vector<Neighbour> nearestPositions(Positions first, Positions second, double toleranceArcsec,
                                        const RunContext& context = {});

/// Angle on the sphere between two positions in degrees.
double angularSeparationArcsec(double firstRa, double firstDec, double secondRa, double secondDec);

/// By equal identifiers. Texts match texts as they are written, integers match integers of any type and texts
/// that are integers; a repeated id matches by its first row, the others stay unmatched.
Match matchIds(const io::Column& first, const io::Column& second);

} // namespace penumbra
