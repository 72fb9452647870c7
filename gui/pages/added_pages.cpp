#include "gui/pages/added_pages.h"

namespace penumbra::gui {

namespace {

Registry<PageKind>& registry() {
    static Registry<PageKind> pages({});
    return pages;
}

} // namespace

Added addPage(PageKind kind) {
    return registry().add(std::move(kind));
}

std::span<const PageKind> addedPages() {
    return registry().all();
}

} // namespace penumbra::gui
