#include "core/jobs/remaining_time.h"

#include <cmath>

namespace penumbra::jobs {

namespace {

std::string twoDigits(long long value) {
    return (value < 10 ? "0" : "") + std::to_string(value);
}

} // namespace

double secondsLeft(double secondsSoFar, double fraction) {
    if (fraction >= 1.0)
        return 0.0;
    if (!(fraction >= 0.01) || secondsSoFar < 0.5)
        return -1.0;
    return secondsSoFar * (1.0 - fraction) / fraction;
}

std::string durationText(double seconds) {
    const long long whole = std::llround(std::fmax(0.0, seconds));
    if (whole < 60)
        return std::to_string(whole) + " s";
    if (whole < 3600)
        return std::to_string(whole / 60) + " min " + twoDigits(whole % 60) + " s";
    return std::to_string(whole / 3600) + " h " + twoDigits(whole % 3600 / 60) + " min";
}

} // namespace penumbra::jobs
