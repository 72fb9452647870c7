#pragma once

// How the doctor recognises one galaxy in two tables; only doctor*.cpp include it.

#include "core/io/table.h"

#include <string>
#include <vector>

namespace penumbra::doctor {

/// The columns of a table that hold right ascension and declination in degrees, by the names surveys give
/// them; both null if there are none.
struct PositionColumns {
    const io::Column* ra = nullptr;
    const io::Column* dec = nullptr;
};
PositionColumns positionColumns(const io::Table& table);
bool isRightAscension(const std::string& name);
bool isDeclination(const std::string& name);

/// Columns of two tables whose values together name a galaxy.
struct SharedKey {
    std::string words; ///< "OBJID with RELEASE, BRICKID"
    std::vector<const io::Column*> own, other;
    bool mayStartAnew = false; ///< a running number without the brick, field or survey that it counts in
    bool everyCell = true; ///< a row with a missing cell is nobody; else one with nothing but missing cells
    bool found() const { return !own.empty(); }
};

/// An id that both tables have: one that is unique by itself (64-bit ids, long names), else with every column
/// that both have of those in which numbers start anew (brick, release, survey, field, plate ...).
SharedKey sharedId(const io::Table& table, const io::Table& other);
/// Rows of a table that share a running number and, with it, all values of the table's columns in which it
/// starts anew: groups of two and more, each ascending. No `places`: there are no such columns, or the id is
/// unique by itself.
struct RepeatedNumbers {
    std::string places; ///< "RELEASE, BRICKID"
    std::vector<std::vector<std::int64_t>> groups;
};
RepeatedNumbers repeatedNumbers(const io::Table& table, const io::Column& id);
/// All scalar columns of numbers that both have.
SharedKey sharedValues(const io::Table& table, const io::Table& other);

/// The key of every row as text; "" for a row that cannot be recognised. Integers are compared as integers,
/// other numbers as float32, in which one of two files may have stored them.
std::vector<std::string> ownKeys(const SharedKey& key);
std::vector<std::string> otherKeys(const SharedKey& key);

/// Whether rows that share a number also share what was measured: told from all columns of measured numbers
/// that both tables have. Pairs are rows of the two.
enum class Agreement { Unknown, Agree, Differ };
struct RowPair {
    std::size_t own = 0, other = 0;
};
Agreement agreementOf(const io::Table& table, const io::Table& other, const std::vector<RowPair>& pairs);

} // namespace penumbra::doctor
