#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace penumbra::aion {

/// From logits to tokens, and how many tokens a step of generation settles (spec 2, 3.2 and 3.3).

enum class TokenSchedule {
    Linear, ///< equal steps
    Cosine  ///< few tokens at both ends, most in the middle
};
/// Tokens settled in each step, as the reference computes them: the last entry of a cosine schedule can be
/// negative, as its rounded parts may exceed the total.
std::vector<std::int64_t> rawSchedule(TokenSchedule kind, std::size_t steps, std::size_t total);
/// The same, cut where the running sum would exceed the total; steps without tokens are dropped.
std::vector<std::size_t> tokenSchedule(TokenSchedule kind, std::size_t steps, std::size_t total);

struct TemperatureSchedule {
    enum class Kind {
        Constant,
        Linear, ///< falls with the tokens already settled
        OneOverX
    };
    Kind kind = Kind::Constant;
    double temperature = 1.0;         ///< at the start
    double lowest = 0.0, power = 1.0; ///< OneOverX: where it ends, and how fast
};
/// A temperature for each step. @param tokens settled in each step @param total tokens of the target
std::vector<double> temperatures(const TemperatureSchedule& schedule, std::span<const std::int64_t> tokens,
                                 std::size_t total);

/// Which tokens may be drawn at all, by the raw logits. 0: not used.
struct TokenFilter {
    std::size_t topK = 0;     ///< the k most probable; ties with the last stay
    double topFraction = 0.0; ///< the same as a part of the vocabulary
    double topP = 0.0;        ///< the most probable until their sum passes p; the one that does it stays
};
/// Filtered logits are -infinity. @throws UsageError where both forms of top-k are given
void applyFilter(std::span<float> logits, const TokenFilter& filter);

/// Softmax of logits / temperature in double precision.
std::vector<double> tokenProbabilities(std::span<const float> logits, double temperature);
double logSumExp(std::span<const float> logits);

/// Below this a temperature is 0: the most probable token, the first of equals, filters skipped.
inline constexpr double coldest = 1e-10;

struct TokenDraw {
    std::int32_t token = 0;
    double probability = 1.0; ///< of the token after filter and temperature: MaskGIT's confidence
};
/// Inverse of the cumulative distribution in the vocabulary's order: the first token whose cumulative
/// probability exceeds u in [0, 1).
TokenDraw drawToken(std::span<const float> logits, const TokenFilter& filter, double temperature, double u);
/// As torch draws: a race of exponential variates, the largest p / E wins. @param exponential [V]
TokenDraw drawByRace(std::span<const float> logits, const TokenFilter& filter, double temperature,
                     std::span<const float> exponential);

/// The n unknown places with the smallest u, in rising u (ROAR).
std::vector<std::size_t> firstInOrder(std::span<const std::uint8_t> unknown, std::span<const float> u,
                                      std::size_t n);
/// Places of the n largest confidences; ties go to the first (MaskGIT).
std::vector<std::size_t> mostConfident(std::span<const double> confidence, std::size_t n);

/// What an autoregressive target means: the ids between `begin` and the next special id (4..203).
std::vector<std::int32_t> betweenSentinels(std::span<const std::int32_t> ids, std::int32_t begin);

} // namespace penumbra::aion
