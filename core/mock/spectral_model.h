#pragma once

#include "core/mock/population.h"

#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace penumbra::mock {

/// Broad bands of the Legacy Surveys, approximated by smooth top hats.
struct Band {
    std::string_view name; ///< "G": the column is FLUX_G
    double effectiveAngstrom;
    double widthAngstrom;
    double fiveSigmaDepthMag; ///< AB, point source, median conditions
    double extinctionPerEbv;  ///< A_band / E(B-V)
};
inline constexpr std::array<Band, 6> surveyBands{{{"G", 4770.0, 1250.0, 24.7, 3.214},
                                                  {"R", 6430.0, 1300.0, 24.1, 2.165},
                                                  {"I", 7830.0, 1400.0, 23.5, 1.592},
                                                  {"Z", 9170.0, 1450.0, 23.0, 1.211},
                                                  {"W1", 33500.0, 7000.0, 20.9, 0.184},
                                                  {"W2", 46000.0, 9000.0, 20.3, 0.113}}};

/// Noise-free spectrum of a galaxy: two or three black-body-like populations with the 4000 A and Balmer
/// breaks, stellar absorption, nebular emission tied to the specific star formation rate, internal dust
/// (Calzetti et al. 2000). Not a stellar population synthesis: plausible shapes with the right trends, cheap
/// enough for 1e6 galaxies.
class SpectralModel {
public:
    explicit SpectralModel(const Galaxy& galaxy);

    /// Observed flux density without noise and without Milky Way dust, 1e-17 erg/s/cm2/A.
    double fluxDensity(double observedAngstrom) const;
    /// The continuum alone (no emission lines).
    double continuum(double observedAngstrom) const;
    /// Photon-weighted mean through a band, nanomaggies.
    double bandFlux(const Band& band) const;

private:
    double restContinuum(double restAngstrom) const; ///< relative to 1 at 5500 A
    double emission(double restAngstrom)
        const; ///< equivalent-width weighted profiles, per A, relative to continuum at 5500 A
    struct Line {
        double restAngstrom;
        double equivalentWidth; ///< A, of the 5500 A continuum
        double sigmaAngstrom;
    };
    Galaxy galaxy_;
    double youngFraction_ = 0.0;
    double middleFraction_ = 0.0;
    double oldTemperature_ = 4700.0;
    double breakDepth_ = 0.4;
    double metalDepth_ = 0.1;
    double balmerDepth_ = 0.1;
    double scale_ = 1.0; ///< observed 1e-17 erg/s/cm2/A at rest 5500 A
    std::vector<Line> lines_;
};

/// mag -> nanomaggies (AB zero point 22.5).
double nanomaggies(double magAb);

} // namespace penumbra::mock
