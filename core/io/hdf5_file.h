#pragma once

#include "core/io/table.h"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra::io {

namespace hdf5 {
class TextHeaps;
}

using Shape = std::vector<std::size_t>;

/// What an element of a dataset is, as far as readers care. Boolean: the FALSE/TRUE enum that h5py writes,
/// or the bit field of 8 bits that PyTables writes.
enum class Hdf5Kind { Real, Integer, Boolean, Text, Compound, Other };

/// One object in a file. Shape, kind and bytes are only set for datasets.
struct Hdf5Entry {
    std::string name; ///< last piece of the path
    bool isGroup = false;
    Shape shape; ///< {} for a scalar
    Hdf5Kind kind = Hdf5Kind::Other;
    std::size_t bytes = 0;     ///< of one element: 4 = float32, 8 = float64 or int64
    std::string missingFilter; ///< "Zstandard (filter 32015)": what the values would need; usually empty
    std::size_t rows() const { return shape.empty() ? 1 : shape.front(); }
    std::size_t rowWidth() const; ///< product of the further dimensions
};

/// A name in a group whose object is not read, and why.
struct Hdf5LeftOut {
    std::string name, why;
};

/// Rows along the first dimension: [first, first + count), cut at the dataset's end.
struct RowRange {
    std::size_t first = 0;
    std::size_t count = std::numeric_limits<std::size_t>::max();
};

struct Hdf5WriteOptions {
    int deflate = 0;           ///< 0 = none ... 9; with shuffle. Compressed datasets are chunked
    std::size_t chunkRows = 0; ///< 0: chunks of about 256 KiB when compressed, contiguous otherwise
    bool lzf = false;          ///< h5py's fast filter; used if deflate is 0
    bool fixedText = false;    ///< texts of one fixed length (longest text) rather than variable
};

/// A file opened with the HDF5 C library. Nothing leads out of it: links into other files, external storage
/// and virtual datasets are not followed. Object paths are absolute ("/targets/z") or relative to the root;
/// groups on the way are made when writing. Arrays are row-major. Knows h5py's LZF filter. Calls may come
/// from several threads. Every call @throws Error naming the file, the object and HDF5's own reason. Sizes
/// are checked before memory is asked for, so a damaged or hostile file gives an Error and neither bad_alloc
/// nor a crash.
class Hdf5File {
public:
    static Hdf5File openForReading(const std::filesystem::path& path);
    static Hdf5File openForUpdate(const std::filesystem::path& path);
    /// Truncates. Give it AtomicFile::temporaryPath(), and close() before commit().
    static Hdf5File create(const std::filesystem::path& path);
    /// True if the file exists and starts with HDF5's signature. Never throws.
    static bool isHdf5(const std::filesystem::path& path) noexcept;

    Hdf5File(Hdf5File&& other) noexcept;
    Hdf5File& operator=(Hdf5File&& other) noexcept;
    ~Hdf5File();
    void close(); ///< flushes; further calls throw. @throws Error if the last bytes could not be written
    const std::filesystem::path& path() const { return path_; }

    // What is inside.
    bool exists(std::string_view object) const;
    bool isGroup(std::string_view object) const;
    bool isDataset(std::string_view object) const;
    Hdf5Entry describe(std::string_view object) const;
    /// In order of name. Links into other files and links that lead nowhere are not among them. Objects that
    /// cannot be opened, or whose values lie in other files, are an Error. With `leftOut`, they all come
    /// there instead.
    std::vector<Hdf5Entry> list(std::string_view group = "/",
                                std::vector<Hdf5LeftOut>* leftOut = nullptr) const;

    // Attributes; "/" is the file itself. Absent gives an empty optional; another type is converted where
    // that is possible (numbers to text and integers to reals always), else Error.
    std::vector<std::string> attributeNames(std::string_view object) const;
    bool hasAttribute(std::string_view object, std::string_view name) const;
    std::optional<std::string> textAttribute(std::string_view object, std::string_view name) const;
    std::optional<std::int64_t> integerAttribute(std::string_view object, std::string_view name) const;
    std::optional<double> realAttribute(std::string_view object, std::string_view name) const;
    std::vector<std::string> textListAttribute(std::string_view object,
                                               std::string_view name) const; ///< {} if absent
    /// Every attribute as text (lists joined by ","); those of unknown type are left out.
    std::map<std::string, std::string> attributesAsText(std::string_view object) const;
    void setAttribute(std::string_view object, std::string_view name, std::string_view value);
    void setAttribute(std::string_view object, std::string_view name, const char* value);
    void setAttribute(std::string_view object, std::string_view name, const std::string& value);
    void setAttribute(std::string_view object, std::string_view name, std::int64_t value);
    void setAttribute(std::string_view object, std::string_view name, int value);
    void setAttribute(std::string_view object, std::string_view name, double value);
    void setAttribute(std::string_view object, std::string_view name, const std::vector<std::string>& values);

    // Reading, whole or by rows; any numeric dataset (booleans too) is converted. A read that asks integers
    // of a float dataset, or bytes of a wider integer, throws if a value does not fit.
    std::vector<double> readReals(std::string_view dataset, RowRange rows = {}) const;
    std::vector<float> readFloats(std::string_view dataset, RowRange rows = {}) const;
    std::vector<std::int64_t> readIntegers(std::string_view dataset, RowRange rows = {}) const;
    std::vector<std::uint8_t> readBytes(std::string_view dataset, RowRange rows = {}) const;
    std::vector<std::string> readTexts(std::string_view dataset, RowRange rows = {}) const;
    /// Keeps the type (float32, float64, int64, bool, text; smaller integers become int64, other reals
    /// float64); attributes unit (or units) and description (or label) go along. Further dimensions become
    /// the width.
    Column readColumn(std::string_view dataset, RowRange rows = {}) const;
    /// A compound dataset of numbers, booleans, texts and fixed arrays of them: one column a member; others
    /// are named in the notes.
    Table readCompound(std::string_view dataset, RowRange rows = {}) const;

    // Writing a whole dataset. An empty shape means {values.size()}; the product must equal values.size().
    // An existing dataset of that name is replaced.
    void writeReals(std::string_view dataset, std::span<const double> values, const Shape& shape = {},
                    const Hdf5WriteOptions& options = {});
    void writeFloats(std::string_view dataset, std::span<const float> values, const Shape& shape = {},
                     const Hdf5WriteOptions& options = {});
    void writeUnsigned(std::string_view dataset, std::span<const std::uint64_t> values, const Shape& shape,
                       const Hdf5WriteOptions& options = {});
    void writeIntegers(std::string_view dataset, std::span<const std::int64_t> values,
                       const Shape& shape = {}, const Hdf5WriteOptions& options = {});
    void writeBytes(std::string_view dataset, std::span<const std::uint8_t> values, const Shape& shape = {},
                    const Hdf5WriteOptions& options = {}); ///< as uint8
    void writeBooleans(std::string_view dataset, std::span<const std::uint8_t> values,
                       const Shape& shape = {}, const Hdf5WriteOptions& options = {}); ///< as h5py's bool
    void writeTexts(std::string_view dataset, std::span<const std::string> values, const Shape& shape = {},
                    const Hdf5WriteOptions& options = {});
    /// In the column's own type, with attributes unit and description. HDF5 has no missing integers or
    /// booleans: such a column is written as float64 with NaN where every value is exact in it, else as text
    /// ("" = missing).
    void writeColumn(std::string_view dataset, const Column& column, const Hdf5WriteOptions& options = {});
    /// One compound dataset: texts become fixed strings, other columns keep their type. Reads as a structured
    /// array in numpy and as a table in most viewers.
    void writeCompound(std::string_view dataset, const Table& table);

    // Writing in pieces, for arrays too large to hold (images, spectra).
    void createFloats(std::string_view dataset, const Shape& shape, const Hdf5WriteOptions& options = {});
    void writeFloatRows(std::string_view dataset, std::size_t firstRow, std::span<const float> values);
    void createBooleans(std::string_view dataset, const Shape& shape, const Hdf5WriteOptions& options = {});
    /// Any value but 0 is true.
    void writeBooleanRows(std::string_view dataset, std::size_t firstRow,
                          std::span<const std::uint8_t> values);

    /// Room for `rows` rows of a column's type and width; its values are not looked at.
    /// @param textBytes texts of this fixed length; 0: of any length
    void createColumn(std::string_view dataset, const Column& like, std::size_t rows,
                      std::size_t textBytes = 0);
    /// Values as they stand: missing rows are for the caller to blank. @throws Error as well if a text is
    /// longer than the dataset's cells
    void writeColumnRows(std::string_view dataset, std::size_t firstRow, const Column& block);

    void createGroup(std::string_view group); ///< does nothing if it is there
    void remove(std::string_view object);     ///< does nothing if it is not there

private:
    Hdf5File(std::filesystem::path path, std::int64_t id);
    std::filesystem::path path_;
    std::int64_t id_ = -1;                   ///< hid_t; hdf5.h stays out of this header
    std::shared_ptr<hdf5::TextHeaps> heaps_; ///< only while open for reading
};

} // namespace penumbra::io
