#include "gui/panels/help_panel.h"

#include "gui/options/option_editor.h"

#include <QAbstractItemView>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QTextBrowser>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace penumbra::gui {

namespace {

QString escaped(const std::string& text) {
    return QString::fromStdString(text).toHtmlEscaped();
}

QString paragraphs(const std::vector<std::string>& lines) {
    QString html;
    for (const std::string& line : lines)
        html += "<p>" + escaped(line) + "</p>";
    return html;
}

struct PageWords {
    const char* id;
    const char* title;
    const char* words;
};
// Pages that are no figures; figures explain themselves.
const PageWords pageWords[] = {
    {"compare", "Compare",
     "Methods down, metrics across; every number with its 95 % interval and, where it is known, what a "
     "perfect "
     "method would score. Above it in words: who keeps its promise, at what width, and where the others "
     "fail. "
     "Bold is explained below the table."},
    {"map", "Map",
     "Every galaxy as a point: on a map of the features, on the sky, or at two columns or formulas. Drag "
     "with "
     "Shift for a rectangle, with Ctrl+Shift for a lasso; while a region is drawn every method's coverage in "
     "it "
     "is told."},
    {"study", "Study",
     "What is to be predicted, from what, by which methods. A method that cannot run is greyed and says why. "
     "Beside Run stands how long it will take on this computer, and the same study as a command."},
    {"runs", "Runs",
     "Every study that was run or opened in this window. Show one again at once, name it, save it; those "
     "that "
     "are ticked are compared, at one alpha and for the target of the toolbar."},
    {"data-check", "Data check", "What may be wrong with the data, how serious it is, and what to do."},
    {"galaxies", "Galaxies",
     "The test galaxies of the target shown. Click a heading to sort; what is selected here is selected in "
     "every plot. The line above selects by an expression such as z > 0.3 && missed(CQR)."},
    {"subsets", "Subsets",
     "Named selections with a colour, joined with each other, and how every method covers them. A subset "
     "keeps "
     "the galaxies it was named with."},
    {"history", "History", "Every change in the words of a script; double-click a line to go back to it."},
};

} // namespace

HelpPanel::HelpPanel(QWidget* parent)
    : QWidget(parent), filter_(new QLineEdit(this)), text_(new QTextBrowser(this)) {
    filter_->setObjectName("helpFilter");
    filter_->setPlaceholderText(tr("Find a method, metric, setting or page"));
    filter_->setClearButtonEnabled(true);
    text_->setObjectName("helpText");
    text_->setAccessibleName(tr("Help"));
    text_->setOpenLinks(false);
    text_->setFrameShape(QFrame::NoFrame);
    auto* index = new QToolButton(this);
    index->setText(tr("All topics"));
    index->setAutoRaise(true);
    auto* line = new QHBoxLayout;
    line->addWidget(filter_, 1);
    line->addWidget(index);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 8);
    layout->addLayout(line);
    layout->addWidget(text_, 1);
    addTopics();
    connect(index, &QToolButton::clicked, this, [this] { showTopic("index"); });
    connect(filter_, &QLineEdit::textChanged, this, [this] { showTopic("index"); });
    connect(text_, &QTextBrowser::anchorClicked, this,
            [this](const QUrl& link) { showTopic(link.toString()); });
    draw();
}

void HelpPanel::addTopics() {
    for (const PageWords& page : pageWords)
        topics_.push_back({QString("page:") + page.id, tr("Pages"), tr(page.title),
                           "<p>" + QString(page.words).toHtmlEscaped() + "</p>"});
    for (const workflow::HelpTopic& topic : workflow::helpTopics()) {
        const bool ofOption = topic.id.starts_with("option:");
        topics_.push_back({QString::fromStdString(topic.id), QString::fromStdString(topic.group),
                           ofOption ? optionTitle(topic.title) : QString::fromStdString(topic.title),
                           paragraphs(topic.paragraphs)});
    }
}

void HelpPanel::addPage(const QString& id, const QString& title, const QString& words) {
    if (!knows("page:" + id) && !words.isEmpty())
        topics_.insert(topics_.begin(),
                       {"page:" + id, tr("Pages"), title, "<p>" + words.toHtmlEscaped() + "</p>"});
}

bool HelpPanel::knows(const QString& id) const {
    return std::any_of(topics_.begin(), topics_.end(), [&](const Topic& topic) { return topic.id == id; });
}

/// "tail coverage, %" over "CQR": the metric, else the method.
QString HelpPanel::topicOfCell(const QAbstractItemView& view) const {
    const QModelIndex cell = view.currentIndex();
    if (!cell.isValid())
        return {};
    const QString heading = view.model()
                                ->headerData(cell.column(), Qt::Horizontal, Qt::DisplayRole)
                                .toString()
                                .replace('\n', ' ');
    for (const Topic& topic : topics_)
        if (topic.group == "Metrics" && (heading == topic.title || heading.startsWith(topic.title + ',') ||
                                         heading.startsWith(topic.title + " (")))
            return topic.id;
    const QString method = "method:" + cell.siblingAtColumn(0).data().toString();
    return knows(method) ? method : QString();
}

QString HelpPanel::topicOf(const QWidget* part) const {
    for (const QWidget* widget = part; widget; widget = widget->parentWidget()) {
        QStringList candidates = {widget->property("helpTopic").toString(),
                                  "page:" + widget->property("pageId").toString()};
        if (const auto* view = qobject_cast<const QAbstractItemView*>(widget))
            candidates << topicOfCell(*view);
        if (widget->objectName().startsWith("option_"))
            candidates << "option:" + widget->objectName().mid(7);
        for (const QString& candidate : candidates)
            if (knows(candidate))
                return candidate;
    }
    return {};
}

void HelpPanel::showTopic(const QString& id) {
    topic_ = knows(id) || id == "shortcuts" || id == "cite" ? id : "index";
    draw();
}

void HelpPanel::draw() {
    QString html;
    if (topic_ == "index")
        html = indexOf(filter_->text());
    else if (topic_ == "shortcuts")
        html = shortcutsText();
    else if (topic_ == "cite")
        html = citationText();
    for (const Topic& topic : topics_)
        if (topic.id == topic_)
            html = "<h3>" + topic.title.toHtmlEscaped() + "</h3>" + topic.html;
    text_->setHtml(html);
}

QString HelpPanel::indexOf(const QString& filter) const {
    QString html = "<p><a href=\"shortcuts\">" + tr("Keyboard shortcuts") + "</a><br><a href=\"cite\">" +
                   tr("How to cite") + "</a></p>";
    QString group;
    for (const Topic& topic : topics_) {
        if (!filter.isEmpty() && !topic.title.contains(filter, Qt::CaseInsensitive) &&
            !topic.html.contains(filter, Qt::CaseInsensitive))
            continue;
        if (topic.group != group)
            html += "<h4>" + topic.group.toHtmlEscaped() + "</h4>";
        group = topic.group;
        html += "<a href=\"" + topic.id + "\">" + topic.title.toHtmlEscaped() + "</a><br>";
    }
    return html;
}

QString HelpPanel::shortcutsText() const {
    QString html = "<h3>" + tr("Keyboard shortcuts") + "</h3><table cellspacing=\"4\">";
    for (const auto& [title, keys] : shortcuts_)
        html += "<tr><td><b>" + keys.toHtmlEscaped() + "</b></td><td>" + title.toHtmlEscaped() + "</td></tr>";
    return html + "</table><p>" +
           tr("In plots: wheel zooms, drag moves, double click shows all again, Shift-drag selects a "
              "rectangle, "
              "Ctrl+Shift-drag a lasso; Alt adds to what is selected.") +
           "</p>";
}

QString HelpPanel::citationText() const {
    QString html = "<h3>" + tr("How to cite") + "</h3>";
    for (const std::string& line : workflow::citations(methods_))
        html += "<p>" + escaped(line) + "</p>";
    if (methods_.empty())
        html += "<p>" + tr("With a study open, the papers of its methods stand here as well.") + "</p>";
    return html;
}

QString HelpPanel::text() const {
    return text_->toPlainText();
}

void HelpPanel::setShortcuts(const QList<QPair<QString, QString>>& shortcuts) {
    shortcuts_ = shortcuts;
    draw();
}

void HelpPanel::setMethods(const std::vector<std::string>& methods) {
    if (methods == methods_)
        return;
    methods_ = methods;
    if (topic_ == "cite")
        draw();
}

} // namespace penumbra::gui
