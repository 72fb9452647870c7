#pragma once

// Internal to the hdf5_*.cpp files: how objects are named, found and listed.

#include "core/io/hdf5_internal.h"

#include <string>
#include <vector>

namespace penumbra::io::hdf5 {

/// The properties of every access by name: a link into another file is not followed, at no step of the way.
hid_t linkAccess();
/// The names of a group's links, or of an object's attributes, in order. Links that are not followed come in
/// `left`. @throws Error
std::vector<std::string> linkNames(const Place& group, std::vector<Hdf5LeftOut>& left);
std::vector<std::string> attributeNamesOf(const Place& object);
/// Makes the groups on the way to an object, so that they get `groupCreation`'s properties.
void createParents(const Place& place);
void makeGroup(const Place& place);
/// Links and attributes in the checksummed header of their object: HDF5 1.10 does not survive damage to the
/// heaps it would move them to.
void keepInHeader(hid_t creationList, bool group);

} // namespace penumbra::io::hdf5
