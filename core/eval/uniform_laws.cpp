// Laws of the distances in uniformity.h.
#include "core/eval/uniformity.h"

#include "core/base/statistics.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace penumbra {

namespace {

constexpr double pi = std::numbers::pi;

/// 2 P(D+ >= d): Birnbaum & Tingey 1951.
double twiceOneSided(double d, std::size_t count) {
    const auto n = static_cast<double>(count);
    double sum = 0.0;
    for (double j = 0.0; j <= n * (1.0 - d); j += 1.0) {
        const double left = 1.0 - d - j / n;
        if (left < 0.0)
            break;
        const double power = n - j > 0.0 ? (n - j) * std::log(left) : 0.0; // 0^0 is 1
        sum += std::exp(logGamma(n + 1.0) - logGamma(j + 1.0) - logGamma(n - j + 1.0) +
                        (j - 1.0) * std::log(d + j / n) + power);
    }
    return std::min(1.0, 2.0 * d * sum);
}

/// P(D_n < d): the power of a matrix, the exponent of ten kept apart (Marsaglia, Tsang & Wang 2003).
double matrixPower(double d, std::size_t n) {
    const auto k = static_cast<Eigen::Index>(static_cast<double>(n) * d) + 1;
    const Eigen::Index m = 2 * k - 1;
    const double h = static_cast<double>(k) - static_cast<double>(n) * d;
    Eigen::MatrixXd step(m, m);
    for (Eigen::Index i = 0; i < m; ++i)
        for (Eigen::Index j = 0; j < m; ++j)
            step(i, j) = i - j + 1 < 0 ? 0.0 : 1.0;
    for (Eigen::Index i = 0; i < m; ++i) {
        step(i, 0) -= std::pow(h, static_cast<double>(i + 1));
        step(m - 1, i) -= std::pow(h, static_cast<double>(m - i));
    }
    step(m - 1, 0) += 2.0 * h - 1.0 > 0.0 ? std::pow(2.0 * h - 1.0, static_cast<double>(m)) : 0.0;
    for (Eigen::Index i = 0; i < m; ++i)
        for (Eigen::Index j = 0; j <= std::min(i, m - 1); ++j)
            step(i, j) /= std::exp(logGamma(static_cast<double>(i - j + 2)));
    Eigen::MatrixXd power = Eigen::MatrixXd::Identity(m, m);
    double logPower = 0.0, logStep = 0.0;
    const auto shrink = [](Eigen::MatrixXd& matrix, double& logScale) {
        const double size = matrix.cwiseAbs().maxCoeff();
        matrix /= size;
        logScale += std::log(size);
    };
    for (std::size_t left = n; left > 0; left /= 2) {
        if (left % 2 == 1) {
            power = power * step;
            logPower += logStep;
            shrink(power, logPower);
        }
        step = step * step;
        logStep *= 2.0;
        shrink(step, logStep);
    }
    const auto size = static_cast<double>(n);
    return power(k - 1, k - 1) * std::exp(logPower + logGamma(size + 1.0) - size * std::log(size));
}

/// P(D_n <= d) from the limit law and three orders of 1/sqrt(n), in the form for small arguments (Pelz & Good
/// 1976): within 1e-6 above 140 values.
double pelzGood(double d, std::size_t n) {
    const double root = std::sqrt(static_cast<double>(n)), z = root * d, z2 = z * z, z4 = z2 * z2,
                 z6 = z4 * z2;
    const double pi2 = pi * pi, pi4 = pi2 * pi2, pi6 = pi4 * pi2, rootTwoPi = std::sqrt(2.0 * pi);
    if (z < 0.042)
        return 0.0;
    double k0 = 0.0, k1 = 0.0, k2 = 0.0, k3 = 0.0, k2More = 0.0, k3More = 0.0;
    for (int k = 1; k <= static_cast<int>(std::ceil(16.0 * z / pi)); ++k) {
        const double m2 = (2.0 * k - 1.0) * (2.0 * k - 1.0), m4 = m2 * m2, m6 = m4 * m2;
        const double odd = std::exp(-pi2 * m2 / (8.0 * z2)), all = std::exp(-pi2 * k * k / (2.0 * z2));
        k0 += odd;
        k1 += odd * (pi2 / 4.0 * m2 - z2);
        k2 += odd * (6.0 * z6 + 2.0 * z4 + (2.0 * z4 - 5.0 * z2) * pi2 / 4.0 * m2 +
                     pi4 * (1.0 - 2.0 * z2) / 16.0 * m4);
        k3 += odd * (-30.0 * z6 - 90.0 * z4 * z4 + pi2 * (135.0 * z4 - 96.0 * z6) / 4.0 * m2 +
                     pi4 * (212.0 * z4 - 60.0 * z2) / 16.0 * m4 + pi6 * (5.0 - 30.0 * z2) / 64.0 * m6);
        k2More += k * k * all;
        k3More += (3.0 * z2 - pi2 * k * k) * k * k * all;
    }
    k2 = rootTwoPi * (k2 / (72.0 * z6 * z) - pi2 * k2More / (36.0 * z2 * z));
    k3 = rootTwoPi * (k3 / (6480.0 * z6 * z4) + pi2 * k3More / (216.0 * z6));
    return rootTwoPi * k0 / z + (rootTwoPi * k1 / (6.0 * z4) + (k2 + k3 / root) / root) / root;
}

double besselK(double order, double x) {
    return x > 600.0 ? 0.0 : std::cyl_bessel_k(order, x);
}

/// The limit law of W2 (Csorgo & Faraway 1996, eq. 1.2).
double cramerLimit(double x) {
    double total = 0.0;
    for (int k = 0; k < 100; ++k) {
        const double y = 4.0 * k + 1.0, q = y * y / (16.0 * x);
        const double term = std::exp(logGamma(k + 0.5) - logGamma(k + 1.0)) /
                            (std::pow(pi, 1.5) * std::sqrt(x)) * std::sqrt(y) * std::exp(-q) *
                            besselK(0.25, q);
        total += term;
        if (std::abs(term) < 1e-12)
            break;
    }
    return total;
}

/// What 1/n adds (eq. 1.10), without the limit law's own twelfth.
double cramerCorrection(double x) {
    const double root = 2.0 * std::sqrt(x), small = std::pow(x, 0.75), large = std::pow(x, 1.25);
    const auto second = [](double y) {
        const double z = 0.25 * y * y;
        return std::exp(-z) * std::pow(0.5 * y, 1.5) * (besselK(0.25, z) + besselK(0.75, z)) / std::sqrt(pi);
    };
    const auto third = [](double y) {
        const double z = 0.25 * y * y;
        return std::exp(-z) * std::pow(0.5 * y, 2.5) *
               (2.0 * besselK(0.25, z) + 3.0 * besselK(0.75, z) - besselK(1.25, z)) / std::sqrt(pi);
    };
    double total = 0.0;
    for (int k = 0; k < 100; ++k) {
        const double m = 2.0 * k + 1.0, gamma = std::exp(logGamma(k + 0.5)), next = gamma * (k + 0.5);
        const double sum = m * gamma * second((4.0 * k + 3.0) / root) / (9.0 * small) +
                           gamma * third((4.0 * k + 1.0) / root) / (72.0 * large) +
                           2.0 * (m + 2.0) * next * third((4.0 * k + 5.0) / root) / (12.0 * large) +
                           7.0 * m * gamma * second((4.0 * k + 1.0) / root) / (144.0 * small) +
                           7.0 * m * gamma * second((4.0 * k + 5.0) / root) / (144.0 * small);
        const double term = -sum / (pi * std::exp(logGamma(k + 1.0)));
        total += term;
        if (std::abs(term) < 1e-9)
            break;
    }
    return total;
}

/// The limit law of A2.
double andersonLimit(double z) {
    if (z < 0.01)
        return 0.0;
    if (z > 100.0)
        return 1.0;
    if (z < 2.0)
        return std::exp(-1.2337141 / z) / std::sqrt(z) *
               (2.00012 +
                (0.247105 - (0.0649821 - (0.0347962 - (0.011672 - 0.00168691 * z) * z) * z) * z) * z);
    return std::exp(
        -std::exp(1.0776 - (2.30695 - (0.43424 - (0.082433 - (0.008056 - 0.0003146 * z) * z) * z) * z) * z));
}

/// What n values add to it at probability x.
double andersonCorrection(double x, double n) {
    if (x > 0.8)
        return (-130.2137 +
                (745.2337 - (1705.091 - (1950.646 - (1116.360 - 255.7844 * x) * x) * x) * x) * x) /
               n;
    const double c = 0.01265 + 0.1757 / n;
    if (x < c) {
        const double v = std::sqrt(x / c);
        return v * (1.0 - v) * (49.0 * v - 102.0) * (0.0037 / (n * n) + 0.00078 / n + 0.00006) / n;
    }
    const double v = (x - c) / (0.8 - c);
    return (-0.00022633 + (6.54034 - (14.6538 - (14.458 - (8.259 - 1.91864 * v) * v) * v) * v) * v) *
           (0.04213 + 0.01365 / n) / n;
}

} // namespace

double kolmogorovTail(double distance, std::size_t n) {
    const auto size = static_cast<double>(n);
    if (n == 0 || distance <= 0.5 / size)
        return 1.0;
    if (distance >= 1.0)
        return 0.0;
    const bool few = n <= 140;
    if (distance >= 0.5 || size * distance * distance >= (few ? 4.0 : 2.2))
        return twiceOneSided(distance, n);
    const bool exact = few || (n <= 100000 && size * std::pow(distance, 1.5) <= 1.4);
    return std::clamp(1.0 - (exact ? matrixPower(distance, n) : pelzGood(distance, n)), 0.0, 1.0);
}

double kolmogorovQuantile(double tail, std::size_t n) {
    double low = 0.0, high = 1.0;
    while (high - low > 1e-13) {
        const double middle = 0.5 * (low + high);
        (kolmogorovTail(middle, n) > tail ? low : high) = middle;
    }
    return 0.5 * (low + high);
}

double cramerVonMisesTail(double statistic, std::size_t n) {
    const auto size = static_cast<double>(n);
    if (n == 0 || statistic <= 1.0 / (12.0 * size))
        return 1.0;
    if (statistic >= size / 3.0)
        return 0.0;
    const double below =
        cramerLimit(statistic) * (1.0 + 1.0 / (12.0 * size)) + cramerCorrection(statistic) / size;
    return std::clamp(1.0 - below, 0.0, 1.0);
}

double andersonDarlingTail(double statistic, std::size_t n) {
    if (n == 0)
        return 1.0;
    const double below = andersonLimit(statistic);
    return std::clamp(1.0 - below - andersonCorrection(below, static_cast<double>(n)), 0.0, 1.0);
}

double chiSquareTail(double statistic, double degrees) {
    const double a = 0.5 * degrees, x = 0.5 * statistic;
    if (x <= 0.0)
        return 1.0;
    const double front = std::exp(a * std::log(x) - x - logGamma(a));
    if (x < a + 1.0) { // DLMF 8.7.1
        double term = 1.0 / a, sum = term;
        for (int i = 1; i < 10000 && term > 1e-17 * sum; ++i)
            sum += term *= x / (a + i);
        return 1.0 - front * sum;
    }
    double b = x + 1.0 - a, c = 1e300, d = 1.0 / b, value = d; // DLMF 8.9.2 by Lentz's method
    for (int i = 1; i < 10000; ++i) {
        const double numerator = -i * (i - a);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        value *= d * c;
        if (std::abs(d * c - 1.0) < 1e-16)
            break;
    }
    return front * value;
}

} // namespace penumbra
