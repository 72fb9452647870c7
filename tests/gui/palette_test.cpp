// Colours that alone tell points apart are told apart by colour-blind readers, too.
#include "gui/cloud/colouring.h"
#include "gui/style/category_colours.h"
#include "tests/gui/colour_difference.h"

#include <gtest/gtest.h>

using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {
constexpr Vision visions[] = {Vision::Normal, Vision::Protanopia, Vision::Deuteranopia, Vision::Tritanopia};
} // namespace

TEST(ColourDifference, PublishedPairs) {
    // Sharma, Wu & Dalal 2005, table 1: hues across the circle's beginning, greys, blues, large differences.
    const struct {
        Lab first, second;
        double wanted;
    } pairs[] = {{{50, 2.6772, -79.7751}, {50, 0, -82.7485}, 2.0425},
                 {{50, -1.3802, -84.2814}, {50, 0, -82.7485}, 1.0},
                 {{50, 0, 0}, {50, -1, 2}, 2.3669},
                 {{50, 2.49, -0.001}, {50, -2.49, 0.0009}, 7.1792},
                 {{50, 2.49, -0.001}, {50, -2.49, 0.0011}, 7.2195},
                 {{50, -0.001, 2.49}, {50, 0.0011, -2.49}, 4.7461},
                 {{50, 2.5, 0}, {73, 25, -18}, 27.1492},
                 {{50, 2.5, 0}, {61, -5, 29}, 22.8977},
                 {{60.2574, -34.0099, 36.2677}, {60.4626, -34.1751, 39.4387}, 1.2644},
                 {{22.7233, 20.0904, -46.694}, {23.0331, 14.973, -42.5619}, 2.0373},
                 {{2.0776, 0.0795, -1.135}, {0.9033, -0.0636, -0.5514}, 0.9082}};
    for (const auto& pair : pairs) {
        EXPECT_NEAR(colourDifference(pair.first, pair.second), pair.wanted, 5e-5);
        EXPECT_NEAR(colourDifference(pair.second, pair.first), pair.wanted, 5e-5);
    }
}

TEST(ColourDifference, GreysStayGreyAndRedMeetsGreen) {
    for (const Vision vision : visions) {
        const Lab grey = seenAs(QColor(128, 128, 128), vision);
        EXPECT_NEAR(grey.l, 53.585, 0.01);
        EXPECT_NEAR(grey.a, 0.0, 0.05);
        EXPECT_NEAR(grey.b, 0.0, 0.05);
    }
    const QColor red(0xB0, 0x30, 0x20), green(0x50, 0x70, 0x10);
    const auto apart = [&](Vision vision) {
        return colourDifference(seenAs(red, vision), seenAs(green, vision));
    };
    EXPECT_LT(apart(Vision::Deuteranopia), 0.3 * apart(Vision::Normal));
}

TEST(CategoryColours, AnyTwoAreToldApartByAnyEye) {
    for (const Theme& theme : {lightTheme(), darkTheme()})
        for (int i = 0; i < categoryColourCount; ++i) {
            EXPECT_GE(contrastRatio(categoryColour(i, theme), theme.page), 3.0) << theme.dark << ' ' << i;
            for (int j = 0; j < i; ++j)
                for (const Vision vision : visions)
                    EXPECT_GE(colourDifference(seenAs(categoryColour(i, theme), vision),
                                               seenAs(categoryColour(j, theme), vision)),
                              15.0)
                        << theme.dark << ' ' << i << ' ' << j << ' ' << static_cast<int>(vision);
        }
}

TEST(CategoryColours, TooLittleCoverageLooksOtherThanTooMuchToAnyEye) {
    const CloudColouring scale = CloudColouring::about("coverage", {0.6, 1.0}, 0.9);
    for (const Theme& theme : {lightTheme(), darkTheme()})
        for (const Vision vision : visions) {
            const Lab low = seenAs(colourOf(scale, 0.6, theme), vision),
                      nominal = seenAs(colourOf(scale, 0.9, theme), vision),
                      high = seenAs(colourOf(scale, 1.2, theme), vision);
            EXPECT_GE(colourDifference(low, high), 20.0) << theme.dark << ' ' << static_cast<int>(vision);
            EXPECT_GE(colourDifference(low, nominal), 20.0) << theme.dark << ' ' << static_cast<int>(vision);
            EXPECT_GE(colourDifference(nominal, high), 20.0) << theme.dark << ' ' << static_cast<int>(vision);
        }
}

TEST(CategoryColours, ScalesAreOrderedInLightnessForAnyEye) {
    for (const Vision vision : visions) // viridis; what is read off a scale is read off its lightness
        for (int i = 1; i <= 20; ++i)
            EXPECT_GT(seenAs(viridis(i / 20.0), vision).l, seenAs(viridis((i - 1) / 20.0), vision).l)
                << i << ' ' << static_cast<int>(vision);
}
