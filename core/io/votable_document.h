#pragma once

#include "core/io/table_readers_internal.h"
#include "core/io/votable_stream.h"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra::io::votable {

/// The attributes of an element.
using Attributes = std::map<std::string, std::string, std::less<>>;

/// One TABLE of the file.
struct FoundTable {
    std::size_t number = 0; ///< from 1, in the file's order
    std::string name, id;
    std::vector<std::string> columns; ///< of the file, those that are not read as well
    std::size_t rows = 0;
    Table table;           ///< no columns if it was passed over
    std::string cannotUse; ///< why the columns asked for could not be taken; empty if they were
};

/// Builds tables from the elements of a VOTable as a parser tells them. Only the best table so far is kept.
class Document {
public:
    Document(const std::filesystem::path& path, std::size_t fileBytes, const ReadOptions& options,
             const RunContext& context);
    ~Document();
    /// Elements by their names without prefix. @throws Error that says what is wrong, without the place
    void start(std::string_view name, const Attributes& attributes);
    void text(std::string_view text);
    void end(std::string_view name);
    Table take(); ///< after the last element. @throws Error if there is no table

private:
    enum class Capture { Nothing, Description, Cell, Stream, Info };
    struct OpenTable;

    void startTable(const Attributes& attributes);
    void startField(const Attributes& attributes);
    void startData();
    void startStream(const Attributes& attributes);
    void endCell();
    void endRow();
    void endStream();
    void endTable();
    void decodeStream(std::string_view text);
    void readFits();
    void startInfo(const Attributes& attributes);
    void endInfo();
    bool isWanted(const OpenTable& table) const;
    void keepIfBest(FoundTable found);
    std::string listed() const; ///< "1 NAME (12 rows), 2 ..."
    std::vector<TablePart> otherParts() const;

    const std::filesystem::path& path_;
    std::size_t fileBytes_;
    const ReadOptions& options_;
    const RunContext& context_;
    bool rootSeen_ = false;
    Capture capture_ = Capture::Nothing;
    std::string captured_;
    std::unique_ptr<Field> field_; ///< the FIELD that is open
    std::unique_ptr<OpenTable> table_;
    std::map<std::string, std::vector<Field>> fieldsById_; ///< of tables that others refer to
    std::vector<TablePart> parts_;                         ///< every TABLE so far
    std::unique_ptr<FoundTable> best_;
    std::vector<std::string> notes_;
    std::string infoValue_, serviceError_;
};

} // namespace penumbra::io::votable
