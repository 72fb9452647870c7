#pragma once

namespace penumbra {

inline constexpr double hubbleToday = 67.66; ///< km/s/Mpc
inline constexpr double omegaMatter = 0.3097;

/// Comoving distance along the line of sight in Mpc: flat LCDM with Planck 2018's parameters (H0 67.66
/// km/s/Mpc, Om 0.3097; Planck Collaboration 2020, A&A 641, A6, table 2, last column), integrated on a grid.
/// Negative redshifts give 0.
double comovingDistanceMpc(double redshift);

} // namespace penumbra
