#pragma once

#include "core/base/registry.h"

#include <QString>
#include <functional>
#include <span>

class QWidget;

namespace penumbra::gui {

class JobBridge;
class Page;

/// A page that a program which builds on Penumbra adds to the window's own.
struct PageKind {
    QString id; ///< of the command `page`
    QString title, help;
    std::function<Page*(JobBridge& bridge, QWidget* parent)> make;
};
/// Adds a page to the windows made from now on, behind their own (base/registry.h).
[[nodiscard]] Added addPage(PageKind kind);
std::span<const PageKind> addedPages();

} // namespace penumbra::gui
