#pragma once

#include <string>

namespace penumbra::jobs {

/// Seconds until `fraction` reaches 1 at the average pace so far; -1 while there is too little to go by
/// (less than half a second of work, or less than 1 % of it).
double secondsLeft(double secondsSoFar, double fraction);

/// "8 s", "2 min 05 s", "1 h 12 min".
std::string durationText(double seconds);

} // namespace penumbra::jobs
