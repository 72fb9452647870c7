#pragma once

#include "core/workflow/help_topics.h"
#include "gui/style/theme.h"

#include <QWidget>

class QAbstractItemView;
class QLineEdit;
class QTextBrowser;

namespace penumbra::gui {

/// What the program says of its pages, methods, metrics and settings, beside them; a list of shortcuts; how
/// to cite. Topics are named "method:CQR", "option:epochs" ...; "index" lists all.
class HelpPanel : public QWidget {
    Q_OBJECT
public:
    explicit HelpPanel(QWidget* parent = nullptr);
    void addPage(const QString& id, const QString& title, const QString& words); ///< unless it is known
    void showTopic(const QString& id); ///< the index where there is none of that name
    QString topic() const { return topic_; }
    QString text() const; ///< as it stands there
    /// Title and keys of an action; those of the window.
    void setShortcuts(const QList<QPair<QString, QString>>& shortcuts);
    void setMethods(const std::vector<std::string>& methods); ///< of the open study: whose papers are cited
    /// The topic that explains a part of the window: the metric or method of a table's current cell, its own,
    /// or that of the nearest part around it. Empty: none does.
    QString topicOf(const QWidget* part) const;

private:
    struct Topic {
        QString id, group, title, html;
    };
    void addTopics();
    bool knows(const QString& id) const;
    QString topicOfCell(const QAbstractItemView& view) const;
    void draw();
    QString indexOf(const QString& filter) const;
    QString shortcutsText() const;
    QString citationText() const;
    QLineEdit* filter_;
    QTextBrowser* text_;
    std::vector<Topic> topics_;
    QList<QPair<QString, QString>> shortcuts_;
    std::vector<std::string> methods_;
    QString topic_ = "index";
};

} // namespace penumbra::gui
