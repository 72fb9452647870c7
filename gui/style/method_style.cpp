#include "gui/style/theme.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace penumbra::gui {

namespace {

struct House {
    const char* id;
    QRgb light, dark;
    Marker marker;
    Qt::PenStyle dash;
};

const House kHouse[] = {
    {"LCNet", 0xFF3A9BDC, 0xFF7CC4F2, Marker::OpenCircle, Qt::DashLine},
    {"LCAion", 0xFF0072B2, 0xFF3D9BE0, Marker::Circle, Qt::SolidLine},
    {"LCMADNet", 0xFF24A080, 0xFF6FD3B5, Marker::OpenSquare, Qt::DashLine},
    {"LCMADAion", 0xFF007A5A, 0xFF2DB88D, Marker::Square, Qt::SolidLine},
    {"VanillaSplit", 0xFF4D4D4D, 0xFFC8C8C8, Marker::Cross, Qt::DotLine},
    {"MADSplit", 0xFFC98600, 0xFFF0B323, Marker::UpTriangle, Qt::DashDotLine},
    {"CQR", 0xFFD55E00, 0xFFFF8A3D, Marker::Diamond, Qt::SolidLine},
    {"DeepEnsembles", 0xFFB6529A, 0xFFE08CC6, Marker::Plus, Qt::DashLine},
    {"DeliveredSpread", 0xFF9B2335, 0xFFF0798A, Marker::OpenCircle, Qt::DashDotDotLine},
    {"DeliveredQuantiles", 0xFF5F7A00, 0xFFB5CC4A, Marker::OpenSquare, Qt::DashDotDotLine},
    {"MCDropout", 0xFF7A5230, 0xFFC79A6B, Marker::DownTriangle, Qt::DotLine},
};

/// For methods the house does not know. Hues between the house's own.
const House kReserve[] = {
    {"", 0xFF5B4FB0, 0xFFA79BF0, Marker::Square, Qt::DashDotDotLine},
    {"", 0xFF9B2335, 0xFFF0798A, Marker::Circle, Qt::DashDotDotLine},
    {"", 0xFF5F7A00, 0xFFB5CC4A, Marker::UpTriangle, Qt::DashDotDotLine},
    {"", 0xFF00798C, 0xFF4CC4D6, Marker::Diamond, Qt::DashDotDotLine},
    {"", 0xFF8C3FA8, 0xFFCF94E6, Marker::OpenCircle, Qt::DashDotDotLine},
    {"", 0xFF3F5C7A, 0xFF93B4D6, Marker::DownTriangle, Qt::DashDotDotLine},
    {"", 0xFFA0522D, 0xFFE0A080, Marker::OpenSquare, Qt::DashDotDotLine},
};

/// FNV-1a: the same on every machine and in every run, unlike qHash.
std::uint32_t stableHash(const QByteArray& text) {
    std::uint32_t hash = 2166136261u;
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    return hash;
}

} // namespace

MethodStyle methodStyle(const QString& methodId, const Theme& theme) {
    const auto styled = [&](const House& house) {
        return MethodStyle{QColor::fromRgb(theme.dark ? house.dark : house.light), house.marker, house.dash};
    };
    for (const House& house : kHouse)
        if (methodId == QLatin1String(house.id))
            return styled(house);
    return styled(kReserve[stableHash(methodId.toUtf8()) % std::size(kReserve)]);
}

MethodStyle reserveStyle(int index, const Theme& theme) {
    const auto count = static_cast<int>(std::size(kReserve));
    const House& house = kReserve[std::abs(index) % count];
    const Qt::PenStyle dashes[] = {Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine};
    return {QColor::fromRgb(theme.dark ? house.dark : house.light), house.marker,
            dashes[std::abs(index) / count % static_cast<int>(std::size(dashes))]};
}

QColor viridis(double t) {
    static const std::array<QRgb, 11> stops = {0xFF440154, 0xFF482475, 0xFF414487, 0xFF355F8D,
                                               0xFF2A788E, 0xFF21918C, 0xFF22A884, 0xFF44BF70,
                                               0xFF7AD151, 0xFFBDDF26, 0xFFFDE725};
    const double at = std::clamp(std::isfinite(t) ? t : 0.0, 0.0, 1.0) * (stops.size() - 1);
    const auto first = std::min(static_cast<std::size_t>(at), stops.size() - 2);
    const double part = at - static_cast<double>(first);
    const QColor a = QColor::fromRgb(stops[first]), b = QColor::fromRgb(stops[first + 1]);
    return QColor::fromRgbF(static_cast<float>(a.redF() + part * (b.redF() - a.redF())),
                            static_cast<float>(a.greenF() + part * (b.greenF() - a.greenF())),
                            static_cast<float>(a.blueF() + part * (b.blueF() - a.blueF())));
}

} // namespace penumbra::gui
