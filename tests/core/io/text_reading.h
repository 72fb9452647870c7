#pragma once

#include "core/base/error.h"
#include "core/io/table_reader.h"
#include "tests/core/io/scratch.h"
#include "tests/core/io/table_reading.h"

#include <string>
#include <vector>

namespace penumbra::test {

inline io::Table readText(const std::string& contents, const io::ReadOptions& options = {}) {
    const Scratch scratch;
    return io::readTable(scratch.write("table.csv", contents), options, RunContext{});
}

inline std::string readError(const std::string& contents, const io::ReadOptions& options = {}) {
    return messageOf<Error>([&] { readText(contents, options); });
}

inline std::vector<std::string> namesOf(const io::Table& table) {
    std::vector<std::string> names;
    for (const io::Column& column : table.columns) {
        names.push_back(column.name);
    }
    return names;
}

} // namespace penumbra::test
