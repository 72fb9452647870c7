#pragma once

#include "core/io/column_facts.h"

#include <string>
#include <vector>

namespace penumbra::workflow {

/// What a column's name, and the range of its values, say it is.
enum class Role {
    Unknown,
    Identity,
    ObjectName,
    RightAscension,
    Declination,
    Split,
    Redshift,       ///< measured
    RedshiftError,  ///< of the measured one
    QualityFlag,    ///< of the measured one: ZWARN
    Prediction,     ///< a redshift that another code predicted
    PredictedError, ///< its size of error, its lower and its upper end
    PredictedLower,
    PredictedUpper,
    Quantity, ///< another one that is often predicted: log_mstar
    Magnitude,
    Flux,
    InverseVariance, ///< of a flux
    Code,            ///< a handful of values that tell kinds apart
    Number,
    Numbers ///< a vector: an embedding
};

/// A column in a photometric band; `system` tells those apart that belong together ("mag_auto_*").
struct BandName {
    std::string band; ///< "g"; empty: in none
    std::string system;
};
BandName bandOf(const std::string& name);
/// 0 for the bluest of the bands that are known.
std::size_t placeOfBand(const std::string& band);

/// @param rows of the table
Role roleOf(const io::ColumnFacts& column, std::size_t rows);
/// In the order of `columns`; what the others are helps: "z" among u, g, r, i is a magnitude where it cannot
/// be a redshift.
std::vector<Role> rolesOf(const std::vector<io::ColumnFacts>& columns, std::size_t rows);

} // namespace penumbra::workflow
