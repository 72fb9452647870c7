#include "core/base/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace penumbra {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

/// First guess for p <= 1/2, absolute error 4.5e-4 (Abramowitz & Stegun 26.2.23).
double roughNormalQuantile(double p) {
    const double t = std::sqrt(-2.0 * std::log(p));
    const double above = 2.515517 + t * (0.802853 + t * 0.010328);
    const double below = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308));
    return above / below - t;
}

/// The continued fraction of I_x(a, b) by Lentz's method; converges fast for x < (a+1)/(a+b+2).
double betaFraction(double x, double a, double b) {
    constexpr double tiny = 1e-300;
    const auto awayFromZero = [](double v) { return std::abs(v) < tiny ? tiny : v; };
    double c = 1.0;
    double d = 1.0 / awayFromZero(1.0 - (a + b) * x / (a + 1.0));
    double value = d;
    for (int i = 1; i < 1000000; ++i) {
        const double m = i;
        const double even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / awayFromZero(1.0 + even * d);
        c = awayFromZero(1.0 + even / c);
        value *= d * c;
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / awayFromZero(1.0 + odd * d);
        c = awayFromZero(1.0 + odd / c);
        value *= d * c;
        if (std::abs(d * c - 1.0) < 1e-16)
            break;
    }
    return value;
}

double logBeta(double a, double b) {
    return logGamma(a) + logGamma(b) - logGamma(a + b);
}

} // namespace

double normalQuantile(double p) {
    if (!(p >= 0.0 && p <= 1.0))
        return nan;
    if (p == 0.0 || p == 1.0)
        return p == 0.0 ? -inf : inf;
    if (p == 0.5)
        return 0.0;
    if (p > 0.5)
        return -normalQuantile(1.0 - p);
    double x = roughNormalQuantile(p);
    // Halley's steps on erfc, which is accurate relative to small p.
    for (int i = 0; i < 4; ++i) {
        const double cdf = 0.5 * std::erfc(-x / std::numbers::sqrt2);
        const double density = std::exp(-0.5 * x * x) / std::sqrt(2.0 * std::numbers::pi);
        if (density == 0.0)
            break;
        const double newton = (cdf - p) / density;
        x -= newton / (1.0 + 0.5 * x * newton);
    }
    return x;
}

double logGamma(double x) {
    if (!(x > 0.0))
        return nan;
    double shift = 0.0;
    if (x < 12.0) {
        double product = 1.0;
        for (; x < 12.0; x += 1.0)
            product *= x;
        shift = std::log(product);
    }
    const double r = 1.0 / (x * x);
    const double series =
        (1.0 / 12 -
         r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r * (1.0 / 1188 - r * 691.0 / 360360))))) /
        x;
    return (x - 0.5) * std::log(x) - x + 0.5 * std::log(2.0 * std::numbers::pi) + series - shift;
}

double regularisedBeta(double x, double a, double b) {
    if (!(a > 0.0 && b > 0.0) || std::isnan(x))
        return nan;
    if (x <= 0.0 || x >= 1.0)
        return x <= 0.0 ? 0.0 : 1.0;
    const double front = std::exp(a * std::log(x) + b * std::log1p(-x) - logBeta(a, b));
    if (x < (a + 1.0) / (a + b + 2.0))
        return front * betaFraction(x, a, b) / a;
    return 1.0 - front * betaFraction(1.0 - x, b, a) / b;
}

double betaQuantile(double p, double a, double b) {
    if (!(p >= 0.0 && p <= 1.0) || !(a > 0.0 && b > 0.0))
        return nan;
    if (p == 0.0 || p == 1.0)
        return p;
    const double logNorm = logBeta(a, b);
    double low = 0.0;
    double high = 1.0;
    double x = a / (a + b);
    // Newton's steps, kept inside a shrinking bracket.
    for (int i = 0; i < 200 && high - low > 1e-16; ++i) {
        const double excess = regularisedBeta(x, a, b) - p;
        (excess > 0.0 ? high : low) = x;
        const double density = std::exp((a - 1.0) * std::log(x) + (b - 1.0) * std::log1p(-x) - logNorm);
        double next = x - excess / density;
        if (!(next > low && next < high))
            next = 0.5 * (low + high);
        const double step = std::abs(next - x);
        x = next;
        if (step <= 1e-15 * x)
            break;
    }
    return x;
}

std::size_t conformalRank(std::size_t n, double alpha) {
    const double product = (static_cast<double>(n) + 1.0) * (1.0 - alpha);
    const double guard = std::max(1e-12, 4.0 * std::numeric_limits<double>::epsilon() * product);
    return static_cast<std::size_t>(std::max(1.0, std::ceil(product - guard)));
}

} // namespace penumbra
