#pragma once

#include "core/base/rng.h"
#include "core/lvd/metric_learning.h"

#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <stop_token>
#include <string>

namespace penumbra::lvd {

template <typename Matrix>
Matrix normalMatrix(std::size_t rows, std::size_t columns, std::uint64_t seed) {
    Rng rng(seed);
    Matrix m(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
    for (Eigen::Index i = 0; i < m.size(); ++i)
        m.data()[i] = static_cast<typename Matrix::Scalar>(rng.normal());
    return m;
}

/// A target that depends on the first two columns and a little noise.
template <typename Matrix>
MetricTarget targetOn(const Matrix& x, std::uint64_t seed) {
    Rng rng(seed, 99);
    MetricTarget target;
    target.name = "y" + std::to_string(seed);
    target.seed = seed;
    for (Eigen::Index i = 0; i < x.rows(); ++i)
        target.values.push_back(10.0 + std::sin(2.0 * static_cast<double>(x(i, 0))) +
                                0.5 * static_cast<double>(x(i, 1)) + 0.1 * rng.normal());
    return target;
}

inline std::string messageOf(const std::function<void()>& work) {
    try {
        work();
    } catch (const std::exception& e) {
        return e.what();
    }
    return {};
}

inline testing::AssertionResult says(const std::string& message, const std::vector<std::string>& words) {
    for (const std::string& word : words)
        if (message.find(word) == std::string::npos)
            return testing::AssertionFailure() << "'" << message << "' lacks '" << word << "'";
    return testing::AssertionSuccess();
}

} // namespace penumbra::lvd
