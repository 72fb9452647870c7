#include "core/catalogue/prediction.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra {

namespace {
/// The end moved away from the centre by one unit in the last place of the larger of the two.
double outwards(double end, double centre, double direction) {
    const double largest = std::max(std::abs(end), std::abs(centre));
    const double unit = std::nextafter(largest, std::numeric_limits<double>::infinity()) - largest;
    return std::isfinite(unit) ? end + direction * unit : end;
}
} // namespace

void setEnds(Prediction& prediction, Ends ends) {
    prediction.ends = ends;
    if (ends == Ends::Open)
        return;
    for (std::size_t i = 0; i < prediction.lower.size(); ++i) {
        double &lower = prediction.lower[i], &upper = prediction.upper[i];
        if (lower == upper)
            continue;
        lower = outwards(lower, prediction.mean[i], -1.0);
        upper = outwards(upper, prediction.mean[i], 1.0);
    }
}

Ends endsNamed(const std::string& name) {
    return name == "open" ? Ends::Open : Ends::Closed;
}

std::string endsName(Ends ends) {
    return ends == Ends::Open ? "open" : "closed";
}

NamedMatrices::NamedMatrices(std::initializer_list<Map::value_type> matrices)
    : shared_(std::make_shared<Map>(matrices)) {}

NamedMatrices::Map& NamedMatrices::edit() {
    if (!shared_)
        shared_ = std::make_shared<Map>();
    else if (shared_.use_count() > 1)
        shared_ = std::make_shared<Map>(*shared_);
    return *shared_;
}

const NamedMatrices::Map& NamedMatrices::read() const {
    static const Map none;
    return shared_ ? *shared_ : none;
}

std::size_t HeldOut::testCount() const {
    return static_cast<std::size_t>(
        std::count_if(isTest.begin(), isTest.end(), [](std::uint8_t flag) { return flag != 0; }));
}

} // namespace penumbra
