#pragma once

#include "core/io/table_reader.h"

namespace penumbra::io {

/// How astropy calls the mask of a column in files that have no missing values (HDF5, FITS, Parquet):
/// the column's name and this; true = missing.
inline constexpr std::string_view companionMaskEnding = ".mask";

/// Applies the companion masks of a table: where NAME.mask (booleans, or integers 0 and 1) is true, NAME is
/// missing. An applied mask goes, unless `asked` names it. What was applied is told in the notes; so are
/// columns that look like masks by other names (NAME_mask, mask_NAME, NAME_valid ...), which are not applied:
/// whether true means good or bad is anybody's guess.
void applyCompanionMasks(Table& table, std::span<const std::string> asked);

} // namespace penumbra::io
