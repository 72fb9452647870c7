#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <hdf5.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace penumbra::test {

/// Writes HDF5 files as other programs do, straight through the C library.
class ForeignHdf5 {
public:
    /// Old: the library's default, symbol tables and headers without checksums. New: links and attributes
    /// beyond eight move to heaps.
    enum class Layout { Old, New };

    explicit ForeignHdf5(const std::filesystem::path& path, Layout layout = Layout::Old) {
        const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
        if (layout == Layout::New) {
            H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18);
        }
        file_ = checked(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access));
        H5Pclose(access);
    }
    ~ForeignHdf5() { H5Fclose(file_); }
    ForeignHdf5(const ForeignHdf5&) = delete;
    ForeignHdf5& operator=(const ForeignHdf5&) = delete;
    hid_t id() const { return file_; }

    void group(const std::string& name) {
        H5Gclose(checked(H5Gcreate2(file_, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)));
    }
    /// A dataset of any type, from values laid out as `memory` (the same type unless given).
    void dataset(const std::string& name, hid_t type, const std::vector<hsize_t>& shape, const void* values,
                 hid_t creation = H5P_DEFAULT, hid_t memory = -1) {
        const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
        const hid_t made =
            checked(H5Dcreate2(file_, name.c_str(), type, space, H5P_DEFAULT, creation, H5P_DEFAULT));
        if (values != nullptr) {
            checked(H5Dwrite(made, memory < 0 ? type : memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
        }
        H5Dclose(made);
        H5Sclose(space);
    }
    void reals(const std::string& name, const std::vector<double>& values) {
        dataset(name, H5T_NATIVE_DOUBLE, {values.size()}, values.data());
    }
    void integers(const std::string& name, const std::vector<std::int64_t>& values) {
        dataset(name, H5T_NATIVE_INT64, {values.size()}, values.data());
    }
    /// Texts in cells of `bytes` characters, filled up as the padding says.
    void texts(const std::string& name, const std::vector<std::string>& values, std::size_t bytes,
               H5T_str_t padding = H5T_STR_NULLPAD) {
        std::string cells;
        for (std::string value : values) {
            value.resize(bytes, padding == H5T_STR_SPACEPAD ? ' ' : '\0');
            cells += value;
        }
        const hid_t type = textType(bytes, padding);
        dataset(name, type, {values.size()}, cells.data());
        H5Tclose(type);
    }
    static hid_t textType(std::size_t bytes, H5T_str_t padding = H5T_STR_NULLPAD) {
        const hid_t type = H5Tcopy(H5T_C_S1);
        H5Tset_size(type, bytes);
        H5Tset_strpad(type, padding);
        return type;
    }

    void attribute(const std::string& object, const std::string& name, hid_t type, const void* value,
                   hsize_t count = 1) {
        const hid_t at = checked(H5Oopen(file_, object.c_str(), H5P_DEFAULT));
        const hid_t space = H5Screate_simple(1, &count, nullptr);
        const hid_t made = checked(H5Acreate2(at, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT));
        checked(H5Awrite(made, type, value));
        H5Aclose(made);
        H5Sclose(space);
        H5Oclose(at);
    }
    void attribute(const std::string& object, const std::string& name, const std::string& value) {
        const hid_t type = textType(std::max<std::size_t>(1, value.size()));
        attribute(object, name, type, value.data());
        H5Tclose(type);
    }
    void attribute(const std::string& object, const std::string& name, double value) {
        attribute(object, name, H5T_NATIVE_DOUBLE, &value);
    }

    static hid_t checked(hid_t result) {
        if (result < 0) {
            throw std::runtime_error("HDF5 refused to write");
        }
        return result;
    }

private:
    hid_t file_ = -1;
};

} // namespace penumbra::test
