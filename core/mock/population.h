#pragma once

#include "core/base/rng.h"

namespace penumbra::mock {

/// Latent physics of one simulated galaxy: everything observable follows from it, plus noise.
struct Galaxy {
    double redshift = 0.1;
    double logMass = 10.0;             ///< log10 stellar mass / Msun
    double ageGyr = 5.0;               ///< mass-weighted
    double logMetallicity = 0.0;       ///< log10 Z / Zsun
    double logSsfr = -10.0;            ///< log10 star formation rate / mass, per year
    double dustAv = 0.3;               ///< mag, internal
    double velocityDispersion = 120.0; ///< km/s
    double halfLightArcsec = 1.5;
    double sersicIndex = 1.0;
    double axisRatio = 0.7;
    double positionAngle = 0.0; ///< radian, from the image's x axis
    double ra = 0.0, dec = 0.0; ///< degrees
    double galacticEbv = 0.03;  ///< mag, Milky Way foreground
};

/// Flat LCDM with Planck 2018 parameters (H0 67.66, Om 0.3097), integrated once on a grid to z = 2.
struct Cosmology {
    static double luminosityDistanceMpc(double redshift);
    static double angularDiameterDistanceMpc(double redshift);
    static double distanceModulus(double redshift);
    static double ageOfUniverseGyr(double redshift);
};

/// Draws a galaxy of a flux-limited survey (DESI bright-galaxy-like, 0.01 < z < 0.6). Relations are rough
/// fits to what surveys find: mass-dependent quiescent fraction, star-forming main sequence, mass-metallicity
/// relation, mass-size relations of the two classes.
Galaxy drawGalaxy(Rng& rng);

} // namespace penumbra::mock
