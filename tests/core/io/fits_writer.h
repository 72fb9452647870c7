#pragma once

#include <filesystem>
#include <fitsio.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace penumbra::test {

/// Writes FITS tables straight through cfitsio, so that the reader is checked against another writer.
class FitsWriter {
public:
    explicit FitsWriter(const std::filesystem::path& path) {
        fits_create_diskfile(&file_, path.c_str(), &status_);
        check();
    }
    ~FitsWriter() {
        int status = 0;
        fits_close_file(file_, &status);
    }
    FitsWriter(const FitsWriter&) = delete;
    FitsWriter& operator=(const FitsWriter&) = delete;

    struct Field {
        std::string name, form, unit;
    };
    void table(int type, const char* extension, const std::vector<Field>& fields) {
        std::vector<char*> names, forms, units;
        for (const Field& field : fields) {
            names.push_back(const_cast<char*>(field.name.c_str()));
            forms.push_back(const_cast<char*>(field.form.c_str()));
            units.push_back(const_cast<char*>(field.unit.c_str()));
        }
        fits_create_tbl(file_, type, 0, static_cast<int>(fields.size()), names.data(), forms.data(),
                        units.data(), extension, &status_);
        check();
    }
    template <typename T>
    void column(int type, int number, std::vector<T> values) {
        fits_write_col(file_, type, number, 1, 1, static_cast<LONGLONG>(values.size()), values.data(),
                       &status_);
        check();
    }
    void texts(int number, const std::vector<std::string>& values) {
        std::vector<char*> pointers;
        for (const std::string& value : values) {
            pointers.push_back(const_cast<char*>(value.c_str()));
        }
        column(TSTRING, number, pointers);
    }
    template <typename T>
    void key(int type, const char* name, T value) {
        fits_update_key(file_, type, name, &value, nullptr, &status_);
        check();
    }
    void undefined(int column, LONGLONG row, LONGLONG element = 1) {
        fits_write_col_null(file_, column, row, element, 1, &status_);
        check();
    }
    void rescan() { // after TNULL, TSCAL, TZERO have been changed
        fits_set_hdustruc(file_, &status_);
        check();
    }
    fitsfile* raw() { return file_; }
    void check() const {
        if (status_ != 0) {
            throw std::runtime_error("cfitsio refused to write: status " + std::to_string(status_));
        }
    }
    int status_ = 0;

private:
    fitsfile* file_ = nullptr;
};

} // namespace penumbra::test
