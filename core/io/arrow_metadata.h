#pragma once

#include "core/io/table.h"

#include <map>
#include <string>

namespace penumbra::io {

/// Units and descriptions of columns from what writers store beside a Parquet file's schema: the VOTable
/// header of the IVOA's VOParquet convention ("IVOA.VOTable-Parquet.content") and astropy's
/// "table_meta_yaml". Columns that have a unit keep it.
void applyTableMetadata(const std::map<std::string, std::string>& keyValues, Table& table);

} // namespace penumbra::io
