#pragma once

#include "core/io/table.h"
#include "core/io/votable_field.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra::io::votable {

/// Collects one column cell by cell. Arrays of one length become a vector column; of several, none.
class ColumnBuilder {
public:
    /// @param mostElements more than a file of its size can mean; beyond it the file is refused
    ColumnBuilder(Field field, std::size_t mostElements);
    const Field& field() const { return field_; }

    void addMissing();
    void addText(std::string_view cell); ///< a TD's content
    /// A cell of a binary stream: `count` elements, big-endian.
    void addBytes(const unsigned char* bytes, std::size_t count, bool missing);
    /// Hands the column over, and tells the table what had to be left out or worked around; nothing if it
    /// cannot be a column.
    std::optional<Column> take(Table& table);

private:
    template <typename Value>
    void push(Value value, bool missing);
    void pushInteger(std::int64_t value);
    void pushReal(double value);
    void pushTexts(std::string_view cell);
    void addNumber(std::string_view token);
    void addWrong(std::string_view token);
    void endCell(std::size_t before);
    void settleUnsigned();
    std::size_t count() const;

    Field field_;
    std::size_t mostElements_;
    Column::Values values_;
    std::vector<std::uint8_t> missing_; ///< one an element
    std::size_t width_ = 0;             ///< 0: every cell so far was empty
    std::size_t rows_ = 0;
    bool ragged_ = false;
    std::optional<std::int64_t> nullInteger_;
    std::optional<double> nullReal_;
    std::size_t wrong_ = 0;
    std::string firstWrong_;
    std::vector<std::int64_t> wrongRows_;
};

} // namespace penumbra::io::votable
