#pragma once

#include <filesystem>
#include <stop_token>

namespace penumbra {

/// What stands where something is to be written.
struct OutputPlace {
    enum class Kind {
        File,      ///< a regular file, or nothing yet: to be replaced as a whole
        Stream,    ///< a FIFO or a character device: to be written into, never replaced
        Descriptor ///< an open descriptor of this process (/dev/stdout): to be written into where it stands
    };
    Kind kind = Kind::File;
    std::filesystem::path
        path;            ///< the last name's symbolic links are followed; what they lead to may be missing
    int descriptor = -1; ///< Descriptor only
};

/// Follows symbolic links, so that a link stays and what it leads to is written.
/// @throws Error for an empty or too long name, a folder, a socket, a disk, links that lead in a circle.
OutputPlace outputPlace(const std::filesystem::path& name);

/// N where the name is /dev/stdin, /dev/stdout, /dev/fd/N or /proc/self/fd/N under whatever links and N is
/// open; else -1.
int ownDescriptor(const std::filesystem::path& name);

/// Copies a file into a FIFO, device or descriptor; waits for a reader until a stop is asked for, or
/// for ten seconds where nobody can ask.
/// @throws Error naming `name` if the reader goes away or the device takes no more; Cancelled
void copyInto(const OutputPlace& place, const std::filesystem::path& file, const std::filesystem::path& name,
              const std::stop_token& stop);

} // namespace penumbra
