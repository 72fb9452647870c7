#include "core/catalogue/prediction.h"

#include <algorithm>

namespace penumbra {

std::size_t HeldOut::testCount() const {
    return static_cast<std::size_t>(
        std::count_if(isTest.begin(), isTest.end(), [](std::uint8_t flag) { return flag != 0; }));
}

} // namespace penumbra
