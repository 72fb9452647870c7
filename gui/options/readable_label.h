#pragma once

class QLabel;
class QWidget;

namespace penumbra::gui {

/// An empty label for sentences: wraps, starts at its upper left corner, can be selected and copied.
QLabel* readableLabel(QWidget* parent, const char* objectName);

} // namespace penumbra::gui
