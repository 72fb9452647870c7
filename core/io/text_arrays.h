#pragma once

#include "core/io/table.h"
#include "core/io/text_layout.h"

#include <vector>

namespace penumbra::io {

/// Cells such as [1.0,2.0] (text) as a vector column of field.arrayLength values of field.kind, integers
/// with every digit; null and NaN are missing elements. Cells that are no such list are missing and told.
Column parseArrays(const Column& cells, const TextField& field, Table& table);
/// Columns of one number a row as one vector column.
Column joinElements(const std::vector<Column>& elements);
/// Real numbers as float.
void narrow(Column& column);

} // namespace penumbra::io
