// CSV (RFC 4180) and ECSV 1.0 (astropy APE 6): CSV under a YAML header of types, units and provenance.

#include "core/io/table_writers_internal.h"

#include <cmath>

namespace penumbra::io {

namespace {

using Type = ColumnLayout::Type;

bool needsQuotes(std::string_view text) {
    return text.empty() || text.find_first_of(",\"\r\n") != std::string_view::npos || text.front() == '#' ||
           text.front() == ' ' || text.front() == '\t' || text.back() == ' ' || text.back() == '\t';
}

/// An empty text is quoted, to be told from a missing one by readers that can.
void appendText(std::string& out, std::string_view text) {
    if (!needsQuotes(text)) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text)
        out.append(c == '"' ? 2U : 1U, c);
    out += '"';
}

/// One file of comma-separated rows; what lies above them is another's.
class TextSink : public TableSink {
public:
    /// @param wide vector columns are one column an element, NAME[0] and so on; else one cell of JSON
    TextSink(const std::filesystem::path& path, const TableLayout& layout, bool wide, const char* yes,
             const char* no)
        : TableSink(path, layout), file_(path), wide_(wide), yes_(yes), no_(no) {
        for (const ColumnLayout& column : layout.columns)
            cells_ += wide ? column.width : 1;
    }

    void writeNames() {
        std::string& out = file_.buffer();
        bool first = true;
        for (const ColumnLayout& column : layout().columns) {
            const bool apart = wide_ && column.width > 1;
            for (std::size_t k = 0; k < (apart ? column.width : 1); ++k) {
                out += first ? "" : ",";
                appendText(out, apart ? column.name + "[" + std::to_string(k) + "]" : column.name);
                first = false;
            }
        }
        out += '\n';
    }
    std::string& buffer() { return file_.buffer(); }

protected:
    void take(const Table& block, std::size_t first, std::size_t count) override {
        std::string& out = file_.buffer();
        for (std::size_t row = first; row < first + count; ++row) {
            for (const Column& column : block.columns) {
                if (&column != &block.columns.front())
                    out += ',';
                appendCells(out, column, row);
            }
            out += '\n';
            file_.flushIfFull();
        }
    }
    void seal(const std::stop_token& stop) override { file_.commit(stop); }

private:
    void appendCells(std::string& out, const Column& column, std::size_t row) const {
        const bool json = !wide_ && column.width > 1;
        if (isEmptyCell(column, row)) {
            out.append(wide_ ? column.width - 1 : 0, ',');
            if (cells_ == 1)
                out += "\"\""; // a blank line would be passed over
            return;
        }
        std::string cell;
        for (std::size_t k = 0; k < column.width; ++k) {
            if (k > 0)
                (json ? cell : out) += ',';
            appendValue(json ? cell : out, column, row * column.width + k, json);
        }
        if (json)
            appendText(out, "[" + cell + "]");
    }

    void appendValue(std::string& out, const Column& column, std::size_t i, bool json) const {
        std::visit(
            [&](const auto& values) {
                using Value = typename std::decay_t<decltype(values)>::value_type;
                const Value& value = values[i];
                if constexpr (std::is_same_v<Value, std::string>)
                    json ? void(out += quotedText(value)) : appendText(out, value);
                else if constexpr (std::is_same_v<Value, std::uint8_t>)
                    out += json ? (value != 0 ? "true" : "false") : value != 0 ? yes_ : no_;
                else if constexpr (std::is_floating_point_v<Value>)
                    appendReal(out, value, json);
                else
                    appendNumber(out, value);
            },
            column.values);
    }

    template <typename Real>
    void appendReal(std::string& out, Real value, bool json) const {
        if (std::isnan(value))
            out += json ? "null" : "";
        else if (json && std::isinf(value))
            out += value > 0 ? "Infinity" : "-Infinity"; // as Python's json, which astropy reads with
        else
            appendNumber(out, value);
    }

    BufferedFile file_;
    bool wide_;
    const char *yes_, *no_;
    std::size_t cells_ = 0;
};

const char* ecsvType(Type type) {
    switch (type) {
    case Type::Float64:
        return "float64";
    case Type::Float32:
        return "float32";
    case Type::Int64:
        return "int64";
    case Type::UInt64:
        return "uint64";
    case Type::Bool:
        return "bool";
    case Type::Text:
        break;
    }
    return "string";
}

std::string ecsvColumn(const ColumnLayout& column) {
    std::string line = "# - {name: " + quotedText(column.name);
    if (!column.unit.empty())
        line += ", unit: " + quotedText(column.unit);
    line += std::string(", datatype: ") + (column.width > 1 ? "string" : ecsvType(column.type));
    if (column.width > 1)
        line +=
            ", subtype: '" + std::string(ecsvType(column.type)) + "[" + std::to_string(column.width) + "]'";
    if (!column.description.empty())
        line += ", description: " + quotedText(column.description);
    if (!column.ucd.empty())
        line += ", meta: {ucd: " + quotedText(column.ucd) + "}";
    return line + "}\n";
}

std::string ecsvHeader(const TableLayout& layout, const TableMeta& meta) {
    std::string out = "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n";
    for (const ColumnLayout& column : layout.columns)
        out += ecsvColumn(column);
    if (!meta.title.empty() || !meta.values.empty())
        out += "# meta: !!omap\n";
    if (!meta.title.empty())
        out += "# - {\"title\": " + quotedText(meta.title) + "}\n";
    for (const auto& [name, value] : meta.values)
        out += "# - {" + quotedText(name) + ": " + quotedText(value) + "}\n";
    return out + "# schema: astropy-2.0\n";
}

} // namespace

OpenedSink openCsv(const std::filesystem::path& path, const TableLayout& layout, const TableMeta&,
                   const RunContext&) { // CSV has no place for provenance that every reader passes over
    auto sink = std::make_unique<TextSink>(path, layout, true, "true", "false");
    sink->writeNames();
    return sink;
}

OpenedSink openEcsv(const std::filesystem::path& path, const TableLayout& layout, const TableMeta& meta,
                    const RunContext&) {
    auto sink = std::make_unique<TextSink>(path, layout, false, "True", "False");
    sink->buffer() += ecsvHeader(layout, meta);
    sink->writeNames();
    return sink;
}

} // namespace penumbra::io
