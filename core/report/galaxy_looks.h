#pragma once

#include <string>
#include <vector>

namespace penumbra::report {

/// How brightness becomes grey or colour, between the limits below; each goes from 0 to 1.
enum class Stretch {
    Asinh,  ///< asinh(b x) / asinh(b), b such that with the survey's limits it is the Legacy Survey viewer's
    Linear, ///< x
    Log,    ///< log(1 + 1000 x) / log(1001), as in DS9
};
/// What is black and what is white.
enum class Limits {
    Survey,     ///< the same for every galaxy, those of the Legacy Survey viewer: brightness can be compared
    MinMax,     ///< the galaxy's faintest and brightest pixel
    Percent995, ///< the central 99.5 % of its pixels
    Percent98,  ///< the central 98 %
};

/// How a cutout is shown.
struct CutoutLook {
    std::string band; ///< one band in grey; empty: three in colour
    Stretch stretch = Stretch::Asinh;
    Limits limits = Limits::Survey;
    bool operator==(const CutoutLook&) const = default;
};

// Words for the above: asinh, linear, log; survey, minmax, 99.5%, 98%.
std::vector<std::string> stretchNames();
std::vector<std::string> limitsNames();
std::string nameOf(Stretch stretch);
std::string nameOf(Limits limits);
Stretch stretchNamed(const std::string& name); ///< @throws UsageError listing those there are
Limits limitsNamed(const std::string& name);   ///< @throws UsageError

/// How a spectrum is shown.
struct SpectrumLook {
    int average = 0;            ///< neighbouring pixels averaged into one; 0: as many as leave about 700
    bool rest = false;          ///< wavelengths at rest, where a redshift is known
    bool errors = true;         ///< one standard error about the flux, from the inverse variance
    bool masked = false;        ///< where pixels are masked, and what they hold
    bool trueLines = true;      ///< lines at the true redshift
    bool predictedLines = true; ///< lines at the predicted redshift
    bool allLines = false;
    bool operator==(const SpectrumLook&) const = default;
};

/// Both.
struct GalaxyLooks {
    CutoutLook cutout;
    SpectrumLook spectrum;
    bool operator==(const GalaxyLooks&) const = default;
};

} // namespace penumbra::report
