#include "gui/panels/data_summary.h"

#include "core/base/text.h"
#include "gui/icons/icons.h"

#include <QFileInfo>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <cmath>

namespace penumbra::gui {

namespace {

QString counted(std::size_t n) {
    return QString::fromStdString(withThousands(static_cast<long long>(n)));
}

/// A word that no panel is wide enough for loses its middle.
QString shortened(const QString& text) {
    constexpr qsizetype longest = 20;
    QStringList lines = text.split('\n');
    for (QString& line : lines) {
        QStringList words = line.split(' ');
        for (QString& word : words)
            if (word.size() > longest)
                word = word.left(longest / 2 - 1) + QStringLiteral("…") + word.right(longest / 2);
        line = words.join(' ');
    }
    return lines.join('\n');
}

QString line(const QString& name, const QString& value) {
    return QStringLiteral("<tr><td style='padding-right:12px'>%1</td><td>%2</td></tr>")
        .arg(name.toHtmlEscaped(), shortened(value).toHtmlEscaped());
}

QString splitText(const std::vector<std::uint8_t>& split) {
    if (split.empty())
        return QObject::tr("none; drawn from the seed when a study runs");
    std::array<std::size_t, 3> count{};
    for (const std::uint8_t part : split)
        if (part < count.size())
            ++count[part];
    return QObject::tr("%1 train, %2 calibration, %3 test")
        .arg(counted(count[0]), counted(count[1]), counted(count[2]));
}

QString targetText(const Target& target) {
    const auto labelled = std::count_if(target.values.begin(), target.values.end(),
                                        [](double value) { return !std::isnan(value); });
    QString text = QString::fromStdString(target.name);
    if (!target.unit.empty())
        text += " (" + QString::fromStdString(target.unit) + ")";
    if (static_cast<std::size_t>(labelled) < target.values.size())
        text += QObject::tr(", %1 labelled").arg(counted(static_cast<std::size_t>(labelled)));
    return text;
}

QString catalogueFacts(const Catalogue& catalogue) {
    QStringList features, targets;
    for (const FeatureInfo& feature : catalogue.features)
        features << QString::fromStdString(feature.name) + QObject::tr(" (%1 wide)").arg(feature.width);
    for (const Target& target : catalogue.targets)
        targets << targetText(target);
    QString table =
        "<table>" + line(QObject::tr("rows"), counted(catalogue.rowCount)) +
        line(QObject::tr("columns"), counted(catalogue.columns.columns.size())) +
        line(QObject::tr("features"), features.isEmpty() ? QObject::tr("none") : features.join(", ")) +
        line(QObject::tr("targets"), targets.isEmpty() ? QObject::tr("none") : targets.join("; ")) +
        line(QObject::tr("split"), splitText(catalogue.split));
    if (catalogue.images.count > 0)
        table += line(QObject::tr("images"), counted(catalogue.images.count));
    if (catalogue.spectra.count > 0)
        table += line(QObject::tr("spectra"), counted(catalogue.spectra.count));
    return table + "</table>";
}

QString studyFacts(const Study& study) {
    QStringList targets, methods;
    for (const TargetStudy& target : study.targets)
        targets << QString::fromStdString(target.name);
    for (const std::string& method : study.methods)
        methods << QString::fromStdString(method);
    const QFileInfo catalogue(QString::fromStdString(study.cataloguePath));
    return "<table>" + line(QObject::tr("study of"), catalogue.fileName()) +
           line(QObject::tr("targets"), targets.join(", ")) +
           line(QObject::tr("methods"), methods.join(", ")) + "</table>";
}

} // namespace

DataSummary::DataSummary(QWidget* parent)
    : QWidget(parent), name_(new QLabel(this)), facts_(new QLabel(this)), warnings_(new QLabel(this)),
      empty_(new QLabel(tr("Nothing is open. Open a catalogue to run a study on it."), this)),
      open_(new QPushButton(tr("Open file…"), this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    QFont bold = name_->font();
    bold.setBold(true);
    name_->setFont(bold);
    name_->setObjectName("dataName");
    facts_->setObjectName("dataFacts");
    warnings_->setObjectName("dataWarnings");
    open_->setObjectName("dataOpen");
    for (QLabel* label : {name_, facts_, warnings_, empty_}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        layout->addWidget(label);
    }
    layout->addWidget(open_, 0, Qt::AlignLeft);
    for (QLabel* label : {name_, facts_, warnings_})
        label->hide();
    connect(open_, &QPushButton::clicked, this, &DataSummary::openWanted);
}

void DataSummary::setFile(const OpenedFile& file) {
    const QFileInfo info(QString::fromStdString(file.path.string()));
    name_->setText(shortened(info.fileName()));
    name_->setToolTip(info.absoluteFilePath());
    QString facts;
    std::vector<std::string> notes = file.notes;
    if (file.study)
        facts += studyFacts(*file.study);
    if (file.catalogue) {
        facts += catalogueFacts(*file.catalogue);
        notes.insert(notes.end(), file.catalogue->notes.begin(), file.catalogue->notes.end());
    }
    if (file.isRawTable)
        facts = "<table>" + line(tr("table"), QString::fromStdString(file.tableTitle)) +
                line(tr("rows"), counted(file.tableRows)) +
                line(tr("columns"), counted(file.columns.size())) + "</table>";
    facts_->setText(facts);
    facts_->setToolTip(file.study ? QString::fromStdString(file.study->cataloguePath) : QString());
    QStringList warnings;
    for (const std::string& note : notes)
        warnings << QString::fromStdString(note);
    warnings_->setText(shortened(warnings.join('\n')));
    warnings_->setToolTip(warnings.join('\n'));
    name_->show();
    facts_->show();
    warnings_->setVisible(!warnings.isEmpty());
    empty_->hide();
    open_->hide();
}

void DataSummary::setTheme(const Theme& theme) {
    QPalette palette = warnings_->palette();
    palette.setColor(QPalette::WindowText, theme.warning);
    warnings_->setPalette(palette);
    open_->setIcon(themedIcon("open", theme));
}

} // namespace penumbra::gui
