#pragma once

#include "core/report/verdict.h"

#include <QString>
#include <vector>

namespace penumbra::gui {

/// Verdicts as rich text; words that stand for galaxies are links, which know these.
class VerdictWords {
public:
    struct Link {
        std::string target, where; ///< a formula, and of which target it speaks
    };
    void clear() { links_.clear(); }
    /// What is said of one target, the first `most` sentences.
    QString paragraph(const report::TargetVerdict& verdict, std::size_t most);
    const Link* link(const QString& reference) const; ///< null: none
    QString tip(const QString& reference) const;      ///< what a click does; empty: no link

private:
    std::vector<Link> links_;
};

} // namespace penumbra::gui
