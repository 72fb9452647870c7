#include "core/manifold/caption_search.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace penumbra::manifold {

namespace {

constexpr double saturation = 1.2, lengthShare = 0.75; // k1 and b

bool belongsToWord(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;
}

} // namespace

std::vector<std::string> wordsOf(const std::string& text) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : text) {
        if (belongsToWord(static_cast<unsigned char>(c))) {
            word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            continue;
        }
        if (!word.empty())
            words.push_back(std::move(word));
        word.clear();
    }
    if (!word.empty())
        words.push_back(std::move(word));
    return words;
}

CaptionIndex::CaptionIndex(std::span<const std::string> captions) {
    double all = 0.0;
    for (std::size_t i = 0; i < captions.size(); ++i) {
        std::map<std::string, std::uint32_t> counts;
        std::uint32_t length = 0;
        for (std::string& word : wordsOf(captions[i])) {
            ++counts[std::move(word)];
            ++length;
        }
        for (const auto& [word, times] : counts)
            occurrences_[word].push_back({static_cast<std::uint32_t>(i), times});
        lengths_.push_back(length);
        all += length;
    }
    meanLength_ = captions.empty() ? 0.0 : all / static_cast<double>(captions.size());
}

std::vector<CaptionIndex::Hit> CaptionIndex::best(const std::string& query, std::size_t n) const {
    const auto count = static_cast<double>(lengths_.size());
    std::vector<double> scores(lengths_.size(), 0.0);
    for (const std::string& word : wordsOf(query)) {
        const auto found = occurrences_.find(word);
        if (found == occurrences_.end())
            continue;
        const auto with = static_cast<double>(found->second.size());
        const double rarity = std::log(1.0 + (count - with + 0.5) / (with + 0.5));
        for (const Occurrence& one : found->second) {
            const double times = one.times,
                         longer = 1.0 - lengthShare + lengthShare * lengths_[one.caption] / meanLength_;
            scores[one.caption] += rarity * times * (saturation + 1.0) / (times + saturation * longer);
        }
    }
    std::vector<Hit> hits;
    for (std::size_t i = 0; i < scores.size(); ++i)
        if (scores[i] > 0.0)
            hits.push_back({i, scores[i]});
    std::stable_sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return a.score > b.score; });
    hits.resize(std::min(n, hits.size()));
    return hits;
}

std::vector<std::string> CaptionIndex::unknown(const std::string& query) const {
    std::vector<std::string> words;
    for (const std::string& word : wordsOf(query))
        if (!occurrences_.contains(word) && std::find(words.begin(), words.end(), word) == words.end())
            words.push_back(word);
    return words;
}

} // namespace penumbra::manifold
