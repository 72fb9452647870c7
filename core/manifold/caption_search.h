#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace penumbra::manifold {

/// Words of a text: runs of letters and digits, in lower case; what is not ASCII belongs to words.
std::vector<std::string> wordsOf(const std::string& text);

/// Texts that can be searched by words: Okapi BM25 (Robertson & Zaragoza 2009, eq. 3.15) with k1 = 1.2 and
/// b = 0.75, and idf = ln(1 + (N - n + 1/2) / (n + 1/2)), which is never negative.
class CaptionIndex {
public:
    explicit CaptionIndex(std::span<const std::string> captions);

    struct Hit {
        std::size_t caption = 0;
        double score = 0.0;
    };
    /// The best n that share a word with the query, by falling score, ties by place. A word said twice counts
    /// twice.
    std::vector<Hit> best(const std::string& query, std::size_t n) const;
    /// Words of the query that no caption has.
    std::vector<std::string> unknown(const std::string& query) const;

private:
    struct Occurrence {
        std::uint32_t caption, times;
    };
    std::unordered_map<std::string, std::vector<Occurrence>> occurrences_; ///< by word, ascending
    std::vector<std::uint32_t> lengths_;                                   ///< words of each caption
    double meanLength_ = 0.0;
};

} // namespace penumbra::manifold
