#pragma once

#include "gui/cloud/cloud_points.h"
#include "gui/style/theme.h"

#include <QRgb>
#include <QString>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace penumbra::gui {

/// What tells points apart: a number of each, drawn on a scale, or one of a few names. What is unknown is
/// grey.
struct CloudColouring {
    enum class Scale {
        One,        ///< all alike
        Sequential, ///< viridis
        Diverging,  ///< red below the centre, pale at it, blue above: coverage about the nominal level
        Categories, ///< values are places in `categories`
    };
    Scale scale = Scale::One;
    QString label;
    std::vector<double> values; ///< [catalogue rows]; NaN: unknown
    double low = 0.0, high = 1.0, centre = 0.5;
    std::vector<QString> categories;

    /// Numbers as they are: the scale reaches from their 1st to their 99th percentile; of whole numbers, up
    /// to eight different ones, categories.
    static CloudColouring of(const QString& label, std::vector<double> values);
    /// Shares about a nominal level: the scale reaches from the lowest to the highest of them.
    static CloudColouring about(const QString& label, std::vector<double> values, double centre);
    /// Texts: the seven commonest, and others.
    static CloudColouring of(const QString& label, const std::vector<std::string>& texts);
};

/// The colour of a number on the colouring's scale.
QColor colourOf(const CloudColouring& colouring, double value, const Theme& theme);
/// Opaque colours of catalogue rows.
std::vector<QRgb> coloursOf(const CloudColouring& colouring, std::span<const std::int64_t> rows,
                            const Theme& theme);
/// [points] opaque colours.
std::vector<QRgb> coloursOf(const CloudColouring& colouring, const CloudPoints& points, const Theme& theme);

} // namespace penumbra::gui
