#include "gui/plots/pdf_page_box.h"

#include "core/base/error.h"

#include <QString>

namespace penumbra::gui {

void setPageBox(QByteArray& pdf, double widthPoints, double heightPoints) {
    const auto start = pdf.indexOf("/MediaBox");
    const auto open = start < 0 ? -1 : pdf.indexOf('[', start);
    const auto close = open < 0 ? -1 : pdf.indexOf(']', open);
    if (close < 0)
        throw Error("the PDF written by Qt holds no /MediaBox; its page size cannot be set");
    const auto room = close - open - 1;
    for (int decimals = 6; decimals >= 1; --decimals) {
        const QByteArray box = "0 0 " + QByteArray::number(widthPoints, 'f', decimals) + " " +
                               QByteArray::number(heightPoints, 'f', decimals);
        if (box.size() > room)
            continue;
        pdf.replace(open + 1, room, box + QByteArray(room - box.size(), ' '));
        return;
    }
    throw Error("the PDF's /MediaBox has room for " + std::to_string(room) +
                " characters only; its page size cannot be set");
}

} // namespace penumbra::gui
