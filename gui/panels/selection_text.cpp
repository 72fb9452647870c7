#include "gui/panels/selection_text.h"

#include "core/base/text.h"
#include "core/eval/selection_coverage.h"
#include "gui/inspector/interval_figure.h"
#include "gui/state/reports.h"

#include <QPainter>

#include <cmath>

namespace penumbra::gui {

namespace {

QString counted(std::size_t count) {
    return QString::fromStdString(withThousands(static_cast<long long>(count)));
}

/// "CQR 71 % [66, 76]"
QString coverageText(const SelectionCoverage& coverage, std::size_t labelled) {
    return QString::fromStdString(coverage.method) + ' ' + coverageWords(coverage, labelled);
}

/// Galaxies picked by their outcome have no perfect method to be held against.
QString lineOf(const SelectionSummary& summary, SelectionSearch search) {
    QString text = QObject::tr("selection %1").arg(counted(summary.selected));
    if (summary.labelled != summary.selected)
        text += QObject::tr(" (%1 with a true value)").arg(counted(summary.labelled));
    if (summary.labelled == 0 || summary.methods.empty())
        return text;
    QStringList parts;
    for (const SelectionCoverage& method : summary.methods)
        parts << coverageText(method, summary.labelled);
    text += QStringLiteral(": ") + parts.join(QStringLiteral(", "));
    const Interval& perfect = summary.methods.front().perfect;
    if (search == SelectionSearch::Outcome)
        return text + QObject::tr("  ·  picked with a look at the truth");
    if (std::isfinite(perfect.low))
        text +=
            QObject::tr("  ·  perfect %1–%2 %").arg(wholePercent(perfect.low), wholePercent(perfect.high));
    if (const std::string rest = restWords(summary); !rest.empty())
        text += QStringLiteral("  ·  ") + QString::fromStdString(rest) +
                (search == SelectionSearch::ByEye ? QObject::tr(", chosen by eye") : QString());
    return text;
}

/// One line a method, and what the numbers are.
QString detailsOf(const SelectionSummary& summary, SelectionSearch search) {
    QStringList lines = {lineOf({summary.selected, summary.labelled, summary.rest, {}}, search)};
    for (const SelectionCoverage& method : summary.methods)
        if (summary.labelled > 0)
            lines << coverageText(method, summary.labelled) +
                         QObject::tr(", %1 of %2").arg(counted(method.covered), counted(summary.labelled));
    lines << QObject::tr(
        "Brackets: 95 %, Wilson. Perfect: where an exact method falls 19 times in 20 on so many "
        "galaxies picked without a look at their true values (Beta-Binomial law).");
    if (const std::string rest = restWords(summary); !rest.empty()) {
        if (search != SelectionSearch::Outcome)
            lines << QString::fromStdString(rest) +
                         QObject::tr(
                             ": Fisher's exact test against the %1 other test galaxies, which share the "
                             "calibration; Holm over the methods; differences with 95 %, Newcombe.")
                             .arg(counted(summary.rest));
        const std::string_view words = searchWords(search);
        lines << QString::fromUtf8(words.data(), static_cast<qsizetype>(words.size()));
    }
    return lines.join('\n');
}

} // namespace

QString wholePercent(double share) {
    return QString::number(std::lround(100.0 * share));
}

QString coverageWords(const SelectionCoverage& coverage, std::size_t labelled) {
    return QStringLiteral("%1 % [%2, %3]")
        .arg(wholePercent(static_cast<double>(coverage.covered) / static_cast<double>(labelled)),
             wholePercent(coverage.bracket.low), wholePercent(coverage.bracket.high));
}

SelectionText::SelectionText(JobBridge& bridge, QWidget* parent)
    : QLabel(parent), latest_(bridge, tr("Count the selection"), this) {
    setObjectName("selectionText");
    setTextInteractionFlags(Qt::TextSelectableByMouse);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // never widens the window
}

/// What has no room ends in an ellipsis; the tooltip has it all.
void SelectionText::paintEvent(QPaintEvent* event) {
    if (fontMetrics().horizontalAdvance(text()) <= contentsRect().width()) {
        QLabel::paintEvent(event);
        return;
    }
    QPainter painter(this);
    painter.setPen(palette().color(foregroundRole()));
    painter.drawText(contentsRect(), Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(text(), Qt::ElideRight, contentsRect().width()));
}

void SelectionText::setState(const ViewState& state) {
    const bool same = state.study == shown_.study && state.target == shown_.target &&
                      state.finishedMethods() == shown_.finishedMethods() &&
                      state.selection == shown_.selection;
    shown_ = state;
    if (same)
        return;
    latest_.abandon();
    const std::size_t count = state.selection.rows.count();
    if (!state.study || count == 0 || state.target.empty()) {
        clear();
        setToolTip({});
    } else if (count == 1) {
        setText(ofOne(state));
        setToolTip(text());
    } else {
        requestSummary(state);
    }
}

QString SelectionText::ofOne(const ViewState& state) const {
    const std::int64_t selected = state.selection.rows.rows().front();
    const TargetStudy& target = state.study->target(state.target);
    const std::ptrdiff_t at = testIndexOf(target, selected);
    if (at < 0)
        return {};
    const auto index = static_cast<std::size_t>(at);
    const double truth = target.testTruth()[index];
    QStringList missed;
    const auto methods = state.finishedMethods();
    for (const std::string& method : methods) {
        const Prediction* prediction = target.prediction(method);
        if (prediction && !covers(*prediction, index, truth))
            missed << QString::fromStdString(method);
    }
    const auto row = static_cast<std::size_t>(selected);
    const QString name = state.catalogue && row < state.catalogue->rowCount
                             ? QString::fromStdString(state.catalogue->idText(row))
                             : tr("row %1").arg(selected);
    const QString verdict =
        missed.isEmpty() ? tr("inside every interval") : tr("missed by %1").arg(missed.join(", "));
    return tr("selected %1: %2").arg(name, verdict);
}

void SelectionText::requestSummary(const ViewState& state) {
    latest_.request([this, state, known = counts_](RunContext& context) -> Delivery {
        const auto counts = selectionCounts(state, known, context);
        const SelectionSummary summary =
            counts ? counts->counter.summarise(state.selection.rows)
                   : summariseSelection(state.study->target(state.target), {}, state.selection.rows,
                                        state.study->alpha, context);
        const SelectionSearch search = searchOf(state.selection);
        return [this, counts, line = lineOf(summary, search), details = detailsOf(summary, search)] {
            counts_ = counts;
            setText(line);
            setToolTip(details);
        };
    });
}

} // namespace penumbra::gui
