#pragma once

#include "core/study/availability.h"
#include "gui/style/theme.h"

#include <QStringList>
#include <QWidget>

#include <vector>

class QCheckBox;
class QLabel;

namespace penumbra::gui {

/// A tick for every method, with what it does and what it needs; one that cannot run is greyed and says why.
class MethodPicker : public QWidget {
    Q_OBJECT
public:
    explicit MethodPicker(QWidget* parent = nullptr);
    /// @param options preset resolved: what a method needs depends on them
    void show(const workflow::StudyOffer& offer, const OptionSet& options,
              const std::vector<std::string>& ticked);
    void setTheme(const Theme& theme);
    using QWidget::show;

Q_SIGNALS:
    void picked(const std::vector<std::string>& ids); ///< by the user; in the order of the table of methods

private:
    struct Line {
        std::string id;
        QCheckBox* box;
        QLabel* words;
    };
    void build();
    void publish();
    void tick(bool (*wanted)(const uq::MethodInfo& info));
    std::vector<Line> lines_;
    bool showing_ = false;
};

} // namespace penumbra::gui
