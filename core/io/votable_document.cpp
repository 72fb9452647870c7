#include "core/io/votable_document.h"

#include "core/base/error.h"
#include "core/base/temporary_file.h"
#include "core/base/text.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <set>

namespace penumbra::io::votable {

namespace {

/// No honest file has more values than this: cells that are empty take as many as others of their column.
constexpr std::size_t valuesPerByte = 8, valuesOfAnyFile = std::size_t{1} << 22;
constexpr std::size_t enoughBytes = std::size_t{64} << 10;

std::string valueOf(const Attributes& attributes, std::string_view name) {
    const auto at = attributes.find(name);
    return at == attributes.end() ? std::string() : at->second;
}

/// Line ends and blanks as one blank.
std::string collapsed(std::string_view text) {
    std::string out;
    for (const char c : trimmed(text)) {
        const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
        if (!blank || out.back() != ' ')
            out += blank ? ' ' : c;
    }
    return out;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

} // namespace

/// The TABLE that is open, and what of it has been read.
struct Document::OpenTable {
    enum class Serialisation { None, Cells, Binary, Binary2, Fits };
    FoundTable found;
    std::string ref, nrows;
    std::vector<Field> fields;
    bool wanted = true;
    Serialisation serialisation = Serialisation::None;
    std::vector<std::unique_ptr<ColumnBuilder>> builders; ///< one a field; null if passed over
    bool dataBegun = false, inRow = false;
    std::size_t cellOfRow = 0;
    std::size_t shortRows = 0, longRows = 0;
    Base64Decoder base64;
    std::unique_ptr<BinaryRows> binary;
    std::vector<unsigned char> fitsBytes;
    std::string fitsPart;
};

Document::Document(const std::filesystem::path& path, std::size_t fileBytes, const ReadOptions& options,
                   const RunContext& context)
    : path_(path), fileBytes_(fileBytes), options_(options), context_(context) {}

Document::~Document() = default;

void Document::start(std::string_view name, const Attributes& attributes) {
    if (!rootSeen_ && name != "VOTABLE")
        throw Error("is XML, but no VOTable: its first element is <" + std::string(name) + ">");
    rootSeen_ = true;
    const bool inTable = table_ != nullptr;
    if (name == "TABLE")
        startTable(attributes);
    else if (name == "INFO")
        startInfo(attributes);
    else if (!inTable)
        return;
    else if (name == "FIELD")
        startField(attributes);
    else if (name == "VALUES" && field_ && attributes.contains("null"))
        field_->null = valueOf(attributes, "null");
    else if (name == "DESCRIPTION" && field_) {
        capture_ = Capture::Description;
        captured_.clear();
    } else if (name == "DATA")
        startData();
    else if (name == "TABLEDATA")
        table_->serialisation = OpenTable::Serialisation::Cells;
    else if (name == "BINARY")
        table_->serialisation = OpenTable::Serialisation::Binary;
    else if (name == "BINARY2")
        table_->serialisation = OpenTable::Serialisation::Binary2;
    else if (name == "FITS") {
        table_->serialisation = OpenTable::Serialisation::Fits;
        table_->fitsPart = valueOf(attributes, "extnum");
    } else if (name == "TR") {
        if (table_->inRow || !table_->dataBegun)
            throw Error("a TR where none can be: damaged");
        table_->inRow = true;
        table_->cellOfRow = 0;
    } else if (name == "TD" && table_->inRow) {
        capture_ = Capture::Cell;
        captured_.clear();
    } else if (name == "STREAM")
        startStream(attributes);
}

void Document::text(std::string_view text) {
    if (capture_ == Capture::Nothing)
        return;
    if (capture_ == Capture::Stream)
        return decodeStream(text);
    captured_ += text;
}

void Document::end(std::string_view name) {
    if (name == "INFO" && capture_ == Capture::Info)
        return endInfo();
    if (!table_)
        return;
    if (name == "DESCRIPTION" && capture_ == Capture::Description) {
        field_->description = collapsed(captured_);
        capture_ = Capture::Nothing;
    } else if (name == "FIELD" && field_) {
        table_->fields.push_back(std::move(*field_));
        field_.reset();
    } else if (name == "TD" && capture_ == Capture::Cell)
        endCell();
    else if (name == "TR" && table_->inRow)
        endRow();
    else if (name == "STREAM" && capture_ == Capture::Stream)
        endStream();
    else if (name == "TABLE")
        endTable();
}

void Document::startTable(const Attributes& attributes) {
    if (table_)
        throw Error("a TABLE inside a TABLE: damaged");
    table_ = std::make_unique<OpenTable>();
    table_->found.number = parts_.size() + 1;
    table_->found.name = collapsed(valueOf(attributes, "name"));
    table_->found.id = valueOf(attributes, "ID");
    table_->ref = valueOf(attributes, "ref");
    table_->nrows = valueOf(attributes, "nrows");
    table_->wanted = isWanted(*table_);
}

bool Document::isWanted(const OpenTable& table) const {
    const std::string& part = options_.part;
    return part.empty() || lowered(table.found.name) == lowered(part) || table.found.id == part ||
           std::to_string(table.found.number) == part;
}

void Document::startField(const Attributes& attributes) {
    if (table_->dataBegun)
        throw Error("a FIELD after the table's DATA: damaged");
    field_ = std::make_unique<Field>();
    field_->name = collapsed(valueOf(attributes, "name"));
    field_->id = valueOf(attributes, "ID");
    if (field_->name.empty())
        field_->name = field_->id.empty() ? "col" + std::to_string(table_->fields.size() + 1) : field_->id;
    field_->unit = std::string(trimmed(valueOf(attributes, "unit")));
    field_->ucd = std::string(trimmed(valueOf(attributes, "ucd")));
    field_->xtype = valueOf(attributes, "xtype");
    field_->datatypeText = valueOf(attributes, "datatype");
    field_->datatype = datatypeNamed(field_->datatypeText);
    applyArraysize(*field_, valueOf(attributes, "arraysize"));
}

void Document::startData() {
    OpenTable& table = *table_;
    if (table.dataBegun)
        throw Error("the table has its DATA twice: damaged");
    table.dataBegun = true;
    if (table.fields.empty() && !table.ref.empty())
        table.fields = fieldsById_[table.ref];
    if (!table.found.id.empty())
        fieldsById_[table.found.id] = table.fields;
    std::vector<std::string> names;
    std::set<std::string> seen;
    for (Field& field : table.fields) {
        const std::string given = field.name;
        for (int k = 2; !seen.insert(field.name).second; ++k)
            field.name = given + "_" + std::to_string(k);
        if (field.name != given)
            table.found.table.tell({"repeated-name",
                                    field.name,
                                    "the fields name '" + given + "' twice; column " +
                                        std::to_string(names.size() + 1) + " is called " + field.name,
                                    1,
                                    {}});
        names.push_back(field.name);
    }
    table.found.columns = names;
    table.found.table.source =
        path_.string() + "[" +
        (table.found.name.empty() ? std::to_string(table.found.number) : table.found.name) + "]";
    table.builders.resize(table.fields.size());
    if (!table.wanted)
        return;
    try {
        for (const std::size_t i : wantedColumns(table.found.table.source, names, options_)) {
            if (const char* because = table.fields[i].leftOutBecause())
                table.found.table.notes.push_back("column " + names[i] + " was left out: " + because);
            else
                table.builders[i] = std::make_unique<ColumnBuilder>(
                    table.fields[i], valuesOfAnyFile + fileBytes_ * valuesPerByte);
        }
    } catch (const Error& error) { // counts only if this is the table that is taken
        table.found.cannotUse = error.what();
    }
}

void Document::startStream(const Attributes& attributes) {
    OpenTable& table = *table_;
    if (!table.dataBegun || table.found.rows > 0 || table.binary)
        throw Error("a STREAM where none can be: damaged");
    const std::string href = valueOf(attributes, "href");
    if (!href.empty())
        throw Error("the table's data lie in another file (" + href +
                    "), which is not followed: read that file, or save the VOTable with its data inside");
    const std::string encoding = lowered(valueOf(attributes, "encoding"));
    if (!encoding.empty() && encoding != "base64" && encoding != "none")
        throw Error("the table's stream is encoded as '" + encoding +
                    "'; only base64 can be read: save it with base64 or as TABLEDATA");
    std::vector<ColumnBuilder*> columns;
    for (const auto& builder : table.builders)
        columns.push_back(builder.get());
    using Serialisation = OpenTable::Serialisation;
    if (table.serialisation == Serialisation::Binary || table.serialisation == Serialisation::Binary2)
        table.binary = std::make_unique<BinaryRows>(
            table.fields, std::move(columns), table.serialisation == Serialisation::Binary2,
            options_.maxRows == 0 ? std::numeric_limits<std::size_t>::max() : options_.maxRows, fileBytes_);
    capture_ = Capture::Stream;
}

void Document::decodeStream(std::string_view text) {
    OpenTable& table = *table_;
    if (!table.binary)
        return table.base64.decode(text, table.fitsBytes);
    table.base64.decode(text, table.binary->bytes());
    if (table.binary->bytes().size() >= enoughBytes)
        table.binary->decode();
}

void Document::endStream() {
    OpenTable& table = *table_;
    capture_ = Capture::Nothing;
    table.base64.finish();
    if (table.binary) {
        table.binary->decode();
        table.binary->finish();
        table.found.rows = table.binary->rows();
    } else if (table.serialisation == OpenTable::Serialisation::Fits) {
        readFits();
    }
}

/// The FITS file inside the stream, with what the fields say beyond it.
void Document::readFits() {
    OpenTable& table = *table_;
    const std::filesystem::path folder = temporaryFolder();
    const TemporaryFile file(folder, path_.filename().string(),
                             "its FITS stream cannot be unpacked into " + folder.string());
    std::ofstream out(file.path(), std::ios::binary);
    out.write(reinterpret_cast<const char*>(table.fitsBytes.data()),
              static_cast<std::streamsize>(table.fitsBytes.size()));
    out.close();
    if (!out)
        throw Error("its FITS stream cannot be unpacked into " + file.path().string());
    table.fitsBytes = {};
    ReadOptions options = options_;
    options.part = table.fitsPart;
    if (!table.wanted)
        options.maxRows = 1;
    try {
        Table read = readFitsTable(file.path(), options, context_.quiet());
        for (Column& column : read.columns)
            for (const Field& field : table.fields)
                if (field.name == column.name) {
                    column.ucd = field.ucd;
                    column.description = column.description.empty() ? field.description : column.description;
                    column.unit = column.unit.empty() ? field.unit : column.unit;
                }
        read.source = table.found.table.source;
        table.found.rows = read.rows();
        table.found.table = std::move(read);
        table.builders.clear();
        table.found.cannotUse.clear();
    } catch (const Error& error) {
        throw Error("its FITS stream: " + replaced(error.what(), file.path().string() + ": ", ""));
    }
}

void Document::endCell() {
    OpenTable& table = *table_;
    capture_ = Capture::Nothing;
    const std::size_t i = table.cellOfRow++;
    const bool counted = options_.maxRows == 0 || table.found.rows < options_.maxRows;
    if (counted && i < table.builders.size() && table.builders[i])
        table.builders[i]->addText(captured_);
}

void Document::endRow() {
    OpenTable& table = *table_;
    const std::size_t cells = table.cellOfRow;
    table.shortRows += cells < table.fields.size();
    table.longRows += cells > table.fields.size();
    if (options_.maxRows == 0 || table.found.rows < options_.maxRows)
        for (std::size_t i = cells; i < table.builders.size(); ++i)
            if (table.builders[i])
                table.builders[i]->addMissing();
    ++table.found.rows;
    table.inRow = false;
}

void Document::endTable() {
    const std::unique_ptr<OpenTable> table = std::move(table_);
    FoundTable& found = table->found;
    parts_.push_back({found.name, found.rows, found.columns});
    if (!table->wanted || table->serialisation == OpenTable::Serialisation::None)
        return;
    const auto tellRows = [&](std::size_t count, const char* kind, const char* what) {
        if (count > 0)
            found.table.tell({kind, "", std::to_string(count) + what, count, {}});
    };
    tellRows(table->shortRows, "short-rows",
             " rows have fewer cells than there are fields: the rest is missing");
    tellRows(table->longRows, "long-rows",
             " rows have more cells than there are fields: those were passed over");
    if (const auto told = parseInteger(table->nrows); told && static_cast<std::size_t>(*told) != found.rows &&
                                                      table->serialisation != OpenTable::Serialisation::Fits)
        found.table.notes.push_back("the table says that it has " + table->nrows + " rows; it has " +
                                    std::to_string(found.rows));
    for (const auto& builder : table->builders)
        if (builder)
            if (auto column = builder->take(found.table))
                found.table.columns.push_back(std::move(*column));
    keepIfBest(std::move(found));
}

void Document::keepIfBest(FoundTable found) {
    const auto worth = [](const FoundTable& one) { return std::pair(one.rows, one.table.columns.size()); };
    if (!best_ || worth(found) > worth(*best_))
        best_ = std::make_unique<FoundTable>(std::move(found));
}

void Document::startInfo(const Attributes& attributes) {
    infoValue_ = valueOf(attributes, "value");
    if (valueOf(attributes, "name") != "QUERY_STATUS" || capture_ != Capture::Nothing)
        return;
    capture_ = Capture::Info;
    captured_.clear();
}

void Document::endInfo() {
    capture_ = Capture::Nothing;
    const std::string words = collapsed(captured_);
    const std::string colon = words.empty() ? "" : ": " + std::string(firstBytes(words, 1000));
    if (infoValue_ == "ERROR") {
        serviceError_ = "the service that wrote it met an error" + colon;
        notes_.push_back(serviceError_);
    } else if (infoValue_ == "OVERFLOW") {
        notes_.push_back("the service that wrote it cut the table at its limit of rows (OVERFLOW)" + colon);
    }
}

std::string Document::listed() const {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < parts_.size(); ++i)
        texts.push_back(std::to_string(i + 1) + (parts_[i].name.empty() ? "" : " " + parts_[i].name) + " (" +
                        std::to_string(parts_[i].rows) + " rows)");
    return joinText(texts, ", ");
}

/// All but the best, by names under which they can be asked for.
std::vector<TablePart> Document::otherParts() const {
    std::vector<TablePart> others;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        if (i + 1 == best_->number)
            continue;
        others.push_back(parts_[i]);
        if (others.back().name.empty())
            others.back().name = std::to_string(i + 1);
    }
    return others;
}

Table Document::take() {
    if (best_ && !best_->cannotUse.empty())
        wantedColumns(best_->table.source, best_->columns, options_, otherParts()); // throws, all parts known
    if (!best_) {
        const std::string what =
            !serviceError_.empty() ? "holds no table: " + serviceError_
            : parts_.empty()       ? "this VOTable holds no table"
            : options_.part.empty()
                ? "this VOTable holds only the fields of tables, no rows: " + listed()
                : "there is no table '" + options_.part + "'; its tables are: " + listed();
        throw Error(path_.string() + ": " + what);
    }
    Table table = std::move(best_->table);
    if (parts_.size() > 1 && options_.part.empty())
        notes_.push_back("the file holds several tables, the one with most rows was read: " + listed());
    table.otherParts = otherParts();
    table.notes.insert(table.notes.begin(), notes_.begin(), notes_.end());
    return table;
}

} // namespace penumbra::io::votable
