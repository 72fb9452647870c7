// VOTables (IVOA, versions 1.0 to 1.5): XML through expat, which opens nothing outside the file and bounds
// what entities may grow to.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/votable_document.h"

#include <exception>
#include <expat.h>
#include <fstream>
#include <memory>

namespace penumbra::io {

namespace {

constexpr std::size_t pieceBytes = std::size_t{256} << 10;
constexpr std::size_t deepest = 200; ///< elements inside elements

struct FreeParser {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using ParserHandle = std::unique_ptr<std::remove_pointer_t<XML_Parser>, FreeParser>;

/// Hands expat's calls on to a document. Exceptions wait until expat, which is C, has returned.
class Parser {
public:
    Parser(const std::filesystem::path& path, votable::Document& document)
        : path_(path), document_(document), handle_(XML_ParserCreate(nullptr)) {
        if (!handle_)
            throw std::bad_alloc();
        XML_SetUserData(handle_.get(), this);
        XML_SetElementHandler(handle_.get(), start, end);
        XML_SetCharacterDataHandler(handle_.get(), text);
    }

    void parse(const char* bytes, std::size_t count, bool last) {
        const XML_Status status = XML_Parse(handle_.get(), bytes, static_cast<int>(count), last ? 1 : 0);
        if (failure_)
            rethrow();
        if (status != XML_STATUS_OK)
            throw Error(place() + ": " + XML_ErrorString(XML_GetErrorCode(handle_.get())) +
                        (last ? ": the XML ends early, truncated or damaged" : ": the XML is damaged"));
    }

private:
    std::string place() const {
        return path_.string() + ", line " + std::to_string(XML_GetCurrentLineNumber(handle_.get()));
    }

    [[noreturn]] void rethrow() const {
        try {
            std::rethrow_exception(failure_);
        } catch (const Error& error) {
            throw Error(place() + ": " + error.what());
        }
    }

    template <typename Work>
    void guarded(Work work) {
        if (failure_)
            return;
        try {
            work();
        } catch (...) {
            failure_ = std::current_exception();
            XML_StopParser(handle_.get(), XML_FALSE);
        }
    }

    /// Without the namespace's prefix.
    static std::string_view localName(const char* name) {
        const std::string_view whole(name);
        const auto colon = whole.rfind(':');
        return colon == std::string_view::npos ? whole : whole.substr(colon + 1);
    }

    static void start(void* self, const XML_Char* name, const XML_Char** pairs) {
        auto& parser = *static_cast<Parser*>(self);
        parser.guarded([&] {
            if (++parser.depth_ > deepest)
                throw Error("elements are nested deeper than in any VOTable: damaged");
            votable::Attributes attributes;
            for (; pairs[0] != nullptr; pairs += 2)
                attributes.emplace(localName(pairs[0]), pairs[1]);
            parser.document_.start(localName(name), attributes);
        });
    }
    static void end(void* self, const XML_Char* name) {
        auto& parser = *static_cast<Parser*>(self);
        parser.guarded([&] {
            --parser.depth_;
            parser.document_.end(localName(name));
        });
    }
    static void text(void* self, const XML_Char* letters, int count) {
        auto& parser = *static_cast<Parser*>(self);
        parser.guarded([&] { parser.document_.text({letters, static_cast<std::size_t>(count)}); });
    }

    const std::filesystem::path& path_;
    votable::Document& document_;
    ParserHandle handle_;
    std::exception_ptr failure_;
    std::size_t depth_ = 0;
};

} // namespace

bool looksLikeVotable(const std::filesystem::path& path, FirstBytes bytes) {
    std::string start; // as if it were UTF-8: UTF-16 has zeros between the letters
    for (const unsigned char byte : bytes)
        if (byte != 0)
            start += static_cast<char>(byte);
    for (const std::string_view mark : {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"})
        if (start.starts_with(mark))
            start.erase(0, mark.size());
    if (!trimmed(start).starts_with('<'))
        return false;
    const std::string name = lowered(path.filename().string());
    return start.find("VOTABLE") != std::string::npos || name.ends_with(".vot") || name.ends_with(".votable");
}

Table readVotableTable(const std::filesystem::path& path, const ReadOptions& options,
                       const RunContext& context) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw Error(path.string() + ": cannot be opened; may you read it?");
    std::error_code unknown;
    const auto size = static_cast<std::size_t>(std::filesystem::file_size(path, unknown));
    votable::Document document(path, unknown ? 0 : size, options, context);
    Parser parser(path, document);
    std::vector<char> piece(pieceBytes);
    std::size_t done = 0;
    for (bool last = false; !last;) {
        context.step(static_cast<double>(done) / static_cast<double>(std::max<std::size_t>(1, size)),
                     "reading " + path.string());
        file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        const auto count = static_cast<std::size_t>(file.gcount());
        last = !file;
        done += count;
        parser.parse(piece.data(), count, last);
    }
    return document.take();
}

} // namespace penumbra::io
