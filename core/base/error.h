#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace penumbra {

/// Something the user can act on: the message says which file, row or key, what was found and what to do.
/// Thrown anywhere in core; caught at two places only, the job boundary and main. Exit code 1.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Wrong usage of an option or command: an unknown name, a value out of range. Exit code 2.
class UsageError : public Error {
public:
    using Error::Error;
};

/// The user asked to stop. Not an Error, so that no handler for errors swallows it. Exit code 130.
class Cancelled : public std::exception {
public:
    const char* what() const noexcept override { return "cancelled"; }
};

/// What to tell of a failure that is no Error: LibTorch's without its list of addresses, and with what to do
/// where memory ran out.
std::string failureText(const std::exception& failure);

} // namespace penumbra
