#include "core/io/hdf5_links.h"

#include "core/base/error.h"

#include <algorithm>

namespace penumbra::io::hdf5 {

namespace {

constexpr unsigned mostInHeader = 65535; ///< the most that the format can say

herr_t refuseOtherFile(const char*, const char*, const char*, const char*, unsigned*, hid_t, void*) {
    return -1;
}

struct Listing {
    std::vector<std::string> followed;
    std::vector<Hdf5LeftOut> left;
};

herr_t collectLink(hid_t, const char* name, const H5L_info_t* info, void* data) {
    auto& listing = *static_cast<Listing*>(data);
    try {
        if (info->type == H5L_TYPE_HARD || info->type == H5L_TYPE_SOFT) {
            listing.followed.emplace_back(name);
        } else {
            listing.left.push_back({name, info->type == H5L_TYPE_EXTERNAL
                                              ? "a link into another file, which is not followed"
                                              : "a link of an unknown kind"});
        }
    } catch (...) { // C code above us
        return -1;
    }
    return 0;
}

herr_t collectAttribute(hid_t, const char* name, const H5A_info_t*, void* data) {
    try {
        static_cast<std::vector<std::string>*>(data)->emplace_back(name);
    } catch (...) {
        return -1;
    }
    return 0;
}

} // namespace

hid_t linkAccess() {
    static const hid_t list = [] {
        const hid_t made = H5Pcreate(H5P_LINK_ACCESS);
        H5Pset_elink_cb(made, refuseOtherFile, nullptr);
        return made;
    }();
    return list;
}

// HDF5 1.10 fills a table of links or attributes before it hands them out, and where one of them is damaged
// it frees the rest of that table, which it has not filled yet. Where they lie in heaps, the native order
// needs no table (so names are sorted here). Where they lie in headers, looking for a name that is not there
// decodes all of them, without a table, and fails where the listing would end the program.
constexpr const char* nobodysName = "\x1a penumbra: nobody's name";

std::vector<std::string> linkNames(const Place& group, std::vector<Hdf5LeftOut>& left) {
    const Handle opened = openObject(group);
    if (H5Iget_type(opened.get()) != H5I_GROUP) {
        fail(group, "is not a group");
    }
    Listing listing;
    hsize_t position = 0;
    if (H5Lexists(opened.get(), nobodysName, linkAccess()) < 0 ||
        H5Literate(opened.get(), H5_INDEX_NAME, H5_ITER_NATIVE, &position, collectLink, &listing) < 0) {
        fail(group, "its contents cannot be listed: damaged");
    }
    std::sort(listing.followed.begin(), listing.followed.end());
    left = std::move(listing.left);
    return std::move(listing.followed);
}

std::vector<std::string> attributeNamesOf(const Place& object) {
    const Handle opened = openObject(object);
    std::vector<std::string> names;
    hsize_t position = 0;
    if (H5Aexists(opened.get(), nobodysName) < 0 ||
        H5Aiterate2(opened.get(), H5_INDEX_NAME, H5_ITER_NATIVE, &position, collectAttribute, &names) < 0) {
        fail(object, "its attributes cannot be listed: damaged");
    }
    std::sort(names.begin(), names.end());
    return names;
}

void keepInHeader(hid_t creationList, bool group) {
    H5Pset_attr_phase_change(creationList, mostInHeader, 0);
    if (group) {
        H5Pset_link_phase_change(creationList, mostInHeader, 0);
    }
}

void makeGroup(const Place& place) {
    if (linkExists(place)) {
        return;
    }
    createParents(place);
    const Handle creation(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
    keepInHeader(creation.get(), true);
    const Handle made(H5Gcreate2(place.id, place.object.c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
                      H5Gclose);
    if (!made.valid()) {
        fail(place, "the group cannot be made");
    }
}

void createParents(const Place& place) {
    const std::string parent = place.object.substr(0, place.object.rfind('/'));
    if (!parent.empty()) {
        makeGroup(Place{place.file, place.id, parent, place.heaps});
    }
}

bool linkExists(const Place& place) {
    if (place.object == "/") {
        return true;
    }
    // H5Lexists fails, rather than says no, where a group on the way is missing.
    for (std::size_t end = place.object.find('/', 1);; end = place.object.find('/', end + 1)) {
        const std::string part = place.object.substr(0, end);
        if (H5Lexists(place.id, part.c_str(), linkAccess()) <= 0 ||
            H5Oexists_by_name(place.id, part.c_str(), linkAccess()) <= 0) {
            H5Eclear2(H5E_DEFAULT);
            return false;
        }
        if (end == std::string::npos) {
            return true;
        }
    }
}

namespace {

/// Why an object's name leads nowhere.
std::string whyAbsent(const Place& place) {
    H5L_info_t info;
    const bool linked = H5Lget_info(place.id, place.object.c_str(), &info, linkAccess()) >= 0;
    takeReason();
    if (!linked) {
        return "there is no such object in this file";
    }
    return info.type == H5L_TYPE_EXTERNAL ? "is a link into another file, which is not followed"
                                          : "is a link that leads nowhere in this file";
}

} // namespace

Handle openObject(const Place& place) {
    if (!linkExists(place)) {
        fail(place, whyAbsent(place));
    }
    Handle object(H5Oopen(place.id, place.object.c_str(), linkAccess()), H5Oclose);
    if (!object.valid()) {
        fail(place, "cannot be opened");
    }
    return object;
}

} // namespace penumbra::io::hdf5
