#include "core/io/healpix.h"

#include <gtest/gtest.h>

namespace penumbra::io::healpix {
namespace {

/// Values of healpy 1.x, ang2pix(nest=True, lonlat=True).
TEST(Healpix, pixelsAreThoseOfHealpy) {
    const struct {
        int order;
        double ra, dec;
        std::uint64_t pixel;
    } known[] = {
        {0, 45, 41.8, 0ULL},
        {0, 123.456, -67.89, 9ULL},
        {0, 359.9999, 89.9, 3ULL},
        {0, 210.8, 54.35, 2ULL},
        {0, 10.68, -89.99999, 8ULL},
        {0, 315, -30, 11ULL},
        {0, 90, 0, 5ULL},
        {1, 45, 41.8, 0ULL},
        {1, 123.456, -67.89, 36ULL},
        {1, 359.9999, 89.9, 15ULL},
        {1, 210.8, 54.35, 11ULL},
        {1, 10.68, -89.99999, 32ULL},
        {1, 315, -30, 47ULL},
        {1, 90, 0, 21ULL},
        {5, 45, 41.8, 255ULL},
        {5, 123.456, -67.89, 9363ULL},
        {5, 359.9999, 89.9, 4095ULL},
        {5, 210.8, 54.35, 2858ULL},
        {5, 10.68, -89.99999, 8192ULL},
        {5, 315, -30, 12058ULL},
        {5, 90, 0, 5546ULL},
        {10, 45, 41.8, 262143ULL},
        {10, 123.456, -67.89, 9588140ULL},
        {10, 359.9999, 89.9, 4194295ULL},
        {10, 210.8, 54.35, 2927254ULL},
        {10, 10.68, -89.99999, 8388608ULL},
        {10, 315, -30, 12348074ULL},
        {10, 90, 0, 5679786ULL},
    };
    for (const auto& k : known)
        EXPECT_EQ(pixelAt(k.order, {k.ra, k.dec}), k.pixel) << k.order << ": " << k.ra << ", " << k.dec;
    EXPECT_EQ(pixelAt(5, {-0.0001, 89.9}), pixelAt(5, {359.9999, 89.9}));
    EXPECT_EQ(pixelAt(5, {360.0, 0.0}), pixelAt(5, {0.0, 0.0}));
}

/// healpy's pix2ang.
TEST(Healpix, centresAreThoseOfHealpy) {
    const struct {
        int order;
        std::uint64_t pixel;
        double ra, dec;
    } known[] = {{0, 0, 45.0, 41.81031489577859},
                 {0, 5, 90.0, 0.0},
                 {0, 11, 315.0, -41.81031489577862},
                 {3, 100, 123.74999999999999, 35.68533471265204},
                 {5, 1234, 139.21874999999997, 27.27961273597809},
                 {5, 12287, 315.0, -1.1937484371410818},
                 {10, 5000000, 4.5703125, 7.519255119993602},
                 {29, 1234567890123456789ULL, 15.83427264355123, -12.81055504430438},
                 {29, 3, 45.0, 2.1344341405438172e-07}};
    for (const auto& k : known) {
        const Direction at = centreOf(k.order, k.pixel);
        EXPECT_NEAR(at.ra, k.ra, 1e-11) << k.order << "/" << k.pixel;
        EXPECT_NEAR(at.dec, k.dec, 1e-11) << k.order << "/" << k.pixel;
    }
}

/// healpy's max_pixrad.
TEST(Healpix, radiiAreThoseOfHealpy) {
    EXPECT_NEAR(largestRadius(0), 48.189685104221404, 1e-9);
    EXPECT_NEAR(largestRadius(1), 27.585653017957394, 1e-9);
    EXPECT_NEAR(largestRadius(5), 1.902601860011511, 1e-9);
    EXPECT_NEAR(largestRadius(10), 0.059800825955419704, 1e-9);
}

TEST(Healpix, everyPlaceLiesInItsPixel) {
    for (const int order : {0, 1, 3, 8, 20, 29})
        for (double dec = -89.95; dec < 90.0; dec += 7.3)
            for (double ra = 0.01; ra < 360.0; ra += 11.7) {
                const std::uint64_t pixel = pixelAt(order, {ra, dec});
                ASSERT_LT(pixel, std::uint64_t{12} << (2 * order));
                const Direction centre = centreOf(order, pixel);
                EXPECT_LE(separation(centre, {ra, dec}), largestRadius(order) * 1.0001 + 1e-9);
                EXPECT_EQ(pixelAt(order, centre), pixel) << order << ": " << ra << ", " << dec;
            }
}

} // namespace
} // namespace penumbra::io::healpix
