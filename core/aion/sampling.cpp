#include "core/aion/sampling.h"

#include "core/base/error.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <numeric>

namespace penumbra::aion {

namespace {

constexpr float never = -std::numeric_limits<float>::infinity();

std::vector<std::int64_t> linear(std::size_t steps, std::size_t total) {
    std::vector<std::int64_t> counts;
    for (std::size_t i = 0; i < steps; ++i) {
        const std::size_t before = i * total / steps, after = (i + 1) * total / steps;
        if (after > before)
            counts.push_back(static_cast<std::int64_t>(after - before));
    }
    std::sort(counts.begin(), counts.end(), std::greater<>());
    return counts;
}

std::vector<std::int64_t> cosine(std::size_t steps, std::size_t total) {
    const auto n = static_cast<double>(total);
    const auto share = [&](std::size_t i) {
        return (1.0 + std::cos(std::numbers::pi * static_cast<double>(i) / static_cast<double>(steps))) / 2.0;
    };
    std::vector<std::int64_t> counts;
    auto left = static_cast<std::int64_t>(total);
    for (std::size_t i = 0; i + 1 < steps; ++i) {
        counts.push_back(std::llrint(n * (share(i) - share(i + 1)))); // halves to even, the default rounding
        left -= counts.back();
    }
    counts.push_back(left);
    return counts;
}

void keepLargest(std::span<float> logits, std::size_t k) {
    if (k == 0 || k >= logits.size())
        return;
    std::vector<float> sorted(logits.begin(), logits.end());
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(k - 1), sorted.end(),
                     std::greater<>());
    const float last = sorted[k - 1];
    for (float& value : logits)
        if (value < last)
            value = never;
}

std::vector<std::size_t> fallingOrder(std::span<const float> values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
    return order;
}

void keepMass(std::span<float> logits, double p) {
    const std::vector<double> probability = tokenProbabilities(logits, 1.0);
    double before = 0.0;
    bool first = true;
    for (const std::size_t i : fallingOrder(logits)) {
        if (!first && before > p)
            logits[i] = never;
        before += probability[i];
        first = false;
    }
}

TokenDraw mostProbable(std::span<const float> logits) {
    return {static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin()), 1.0};
}

std::vector<double> filteredProbabilities(std::span<const float> logits, const TokenFilter& filter,
                                          double temperature) {
    std::vector<float> kept(logits.begin(), logits.end());
    applyFilter(kept, filter);
    return tokenProbabilities(kept, temperature);
}

} // namespace

std::vector<std::int64_t> rawSchedule(TokenSchedule kind, std::size_t steps, std::size_t total) {
    if (steps == 0 || total == 0)
        throw UsageError("generation needs at least one step and one token.");
    return kind == TokenSchedule::Linear ? linear(steps, total) : cosine(steps, total);
}

std::vector<std::size_t> tokenSchedule(TokenSchedule kind, std::size_t steps, std::size_t total) {
    std::vector<std::size_t> counts;
    std::size_t left = total;
    for (const std::int64_t wanted : rawSchedule(kind, steps, total)) {
        const std::size_t count = wanted <= 0 ? 0 : std::min(left, static_cast<std::size_t>(wanted));
        if (count > 0)
            counts.push_back(count);
        left -= count;
    }
    return counts;
}

std::vector<double> temperatures(const TemperatureSchedule& schedule, std::span<const std::int64_t> tokens,
                                 std::size_t total) {
    using Kind = TemperatureSchedule::Kind;
    const auto n = static_cast<double>(total);
    // x^-power for x from 1 to 100 over the target's tokens, rescaled to 1..0; steps beyond have the last.
    const auto fall = [&](std::size_t j) {
        const double x = 1.0 + 99.0 * static_cast<double>(std::min(j, total - 1)) / (n - 1.0),
                     end = std::pow(100.0, -schedule.power);
        return (std::pow(x, -schedule.power) - end) / (1.0 - end);
    };
    std::vector<double> result;
    double settled = 0.0;
    for (std::size_t k = 0; k < tokens.size(); ++k) {
        double value = schedule.temperature;
        if (schedule.kind == Kind::Linear)
            value *= (n - settled) / n;
        settled += static_cast<double>(tokens[k]);
        if (schedule.kind == Kind::OneOverX)
            value = total == 1 ? schedule.lowest
                               : schedule.lowest +
                                     (schedule.temperature - schedule.lowest) * (1.0 - settled / n) * fall(k);
        result.push_back(schedule.kind == Kind::Constant ? value : std::max(value, 1e-9));
    }
    return result;
}

void applyFilter(std::span<float> logits, const TokenFilter& filter) {
    if (filter.topK > 0 && filter.topFraction > 0.0)
        throw UsageError("the most probable tokens are kept either by number or by fraction, not both.");
    const auto vocabulary = static_cast<double>(logits.size());
    keepLargest(logits,
                filter.topFraction > 0.0
                    ? static_cast<std::size_t>(std::clamp(filter.topFraction * vocabulary, 1.0, vocabulary))
                    : filter.topK);
    if (filter.topP > 0.0)
        keepMass(logits, filter.topP);
}

std::vector<double> tokenProbabilities(std::span<const float> logits, double temperature) {
    const double largest = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
    std::vector<double> p;
    double sum = 0.0;
    for (const float value : logits) {
        p.push_back(std::exp((static_cast<double>(value) - largest) / temperature));
        sum += p.back();
    }
    for (double& value : p)
        value /= sum;
    return p;
}

double logSumExp(std::span<const float> logits) {
    const double largest = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
    double sum = 0.0;
    for (const float value : logits)
        sum += std::exp(static_cast<double>(value) - largest);
    return largest + std::log(sum);
}

TokenDraw drawToken(std::span<const float> logits, const TokenFilter& filter, double temperature, double u) {
    if (std::abs(temperature) <= coldest)
        return mostProbable(logits);
    const std::vector<double> p = filteredProbabilities(logits, filter, temperature);
    const double end = std::accumulate(p.begin(), p.end(), 0.0);
    double cumulative = 0.0;
    std::size_t last = 0; // where rounding leaves nothing above u
    for (std::size_t v = 0; v < p.size(); ++v) {
        if (p[v] <= 0.0)
            continue;
        cumulative += p[v];
        last = v;
        if (cumulative / end > u)
            break;
    }
    return {static_cast<std::int32_t>(last), p[last]};
}

TokenDraw drawByRace(std::span<const float> logits, const TokenFilter& filter, double temperature,
                     std::span<const float> exponential) {
    if (std::abs(temperature) <= coldest)
        return mostProbable(logits);
    const std::vector<double> p = filteredProbabilities(logits, filter, temperature);
    std::size_t best = 0;
    double fastest = -1.0;
    for (std::size_t v = 0; v < p.size(); ++v)
        if (const double speed = p[v] / static_cast<double>(exponential[v]); speed > fastest) {
            fastest = speed;
            best = v;
        }
    return {static_cast<std::int32_t>(best), p[best]};
}

std::vector<std::size_t> firstInOrder(std::span<const std::uint8_t> unknown, std::span<const float> u,
                                      std::size_t n) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < unknown.size(); ++i)
        if (unknown[i] != 0)
            places.push_back(i);
    std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) { return u[a] < u[b]; });
    places.resize(std::min(n, places.size()));
    return places;
}

std::vector<std::size_t> mostConfident(std::span<const double> confidence, std::size_t n) {
    std::vector<std::size_t> order(confidence.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return confidence[a] > confidence[b]; });
    order.resize(std::min(n, order.size()));
    return order;
}

std::vector<std::int32_t> betweenSentinels(std::span<const std::int32_t> ids, std::int32_t begin) {
    constexpr std::int32_t firstSentinel = 4, lastSentinel = 203;
    std::vector<std::int32_t> result;
    const auto start = std::find(ids.begin(), ids.end(), begin);
    if (start == ids.end())
        return result;
    for (auto at = start + 1; at != ids.end() && (*at < firstSentinel || *at > lastSentinel); ++at)
        result.push_back(*at);
    return result;
}

} // namespace penumbra::aion
