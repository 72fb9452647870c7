#include "core/base/error.h"
#include "gui/space3d/space_scene.h"

#include <dlfcn.h>
#include <filesystem>

namespace penumbra::gui {

namespace {

using MakeScene = SpaceScene* (*)();
constexpr const char* kLibrary = "libpenumbra_space.so";

/// Beside the program where it was built, in lib/penumbra where it was
/// installed.
std::filesystem::path libraryPath() {
    std::error_code ignored;
    const auto folder = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
    const auto beside = folder / kLibrary;
    return std::filesystem::exists(beside, ignored) ? beside
                                                    : folder.parent_path() / "lib" / "penumbra" / kLibrary;
}

MakeScene opened() {
    const auto path = libraryPath();
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    auto* make = library ? reinterpret_cast<MakeScene>(dlsym(library, "penumbraMakeSpaceScene")) : nullptr;
    if (make == nullptr) {
        const char* why = dlerror();
        throw Error(std::string("The library that draws in three dimensions could "
                                "not be opened (") +
                    (why ? why : path.c_str()) + "). Install VTK 9.1 (Debian package libvtk9.1).");
    }
    return make;
}

} // namespace

std::unique_ptr<SpaceScene> makeSpaceScene() {
    static const MakeScene make = opened();
    return std::unique_ptr<SpaceScene>(make());
}

} // namespace penumbra::gui
