#pragma once

#include "core/base/error.h"

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace penumbra {

/// Takes an added entry out of its table again when it ends. Those of one table end in the reverse order, as
/// local variables do.
class Added {
public:
    explicit Added(std::function<void()> remove) : remove_(std::move(remove)) {}
    Added(Added&& other) noexcept : remove_(std::exchange(other.remove_, nullptr)) {}
    Added(const Added&) = delete;
    Added& operator=(const Added&) = delete;
    Added& operator=(Added&&) = delete;
    ~Added() {
        if (remove_)
            remove_();
    }

private:
    std::function<void()> remove_;
};

/// A table of methods, metrics, figures, readers, commands or pages: its own entries, one a line of the file
/// that lists them, and behind these what a program that builds on Penumbra adds for itself. Entries are
/// added before anything reads the table on another thread, and never move.
template <typename Entry>
class Registry {
public:
    explicit Registry(std::vector<Entry> own) : entries_(std::move(own)), own_(entries_.size()) {
        entries_.reserve(own_ + mostAdded);
    }
    std::span<const Entry> all() const { return entries_; }
    std::span<const Entry> added() const { return all().subspan(own_); }
    /// @throws Error where there is no room for more
    [[nodiscard]] Added add(Entry entry) {
        if (entries_.size() == own_ + mostAdded)
            throw Error("A table takes no more than " + std::to_string(mostAdded) + " added entries.");
        entries_.push_back(std::move(entry));
        return Added([this] { entries_.pop_back(); });
    }

private:
    static constexpr std::size_t mostAdded = 64; ///< room kept, so that no entry ever moves
    std::vector<Entry> entries_;
    std::size_t own_;
};

} // namespace penumbra
