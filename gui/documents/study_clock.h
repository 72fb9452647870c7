#pragma once

#include "core/base/option_set.h"
#include "core/catalogue/catalogue.h"
#include "core/study/cost.h"
#include "gui/jobs/task.h"

#include <QObject>
#include <QString>

#include <memory>

namespace penumbra::gui {

/// Foretells how long a study will take: by the runs before on this computer, else by a short measurement of
/// training. What was learned is kept with the settings, for the processor and a GPU apart.
class StudyClock : public QObject {
    Q_OBJECT
public:
    explicit StudyClock(JobBridge& bridge, QObject* parent = nullptr);
    /// The study that is looked at. @param options preset resolved; targets and methods named
    void look(const Catalogue& catalogue, const OptionSet& options);
    void forget();        ///< there is none
    QString text() const; ///< "about 40 s"; empty: not known
    QString tip() const;
    /// Measures, where nothing is known; ended by changed().
    void measure();
    void begin();                   ///< the study that is looked at is run
    void learnFrom(double seconds); ///< it took so long

Q_SIGNALS:
    void changed();

private:
    struct Work {
        bool known = false;
        workflow::StudySize size;
        workflow::TrainingCosts costs;
        std::size_t methods = 0;
        QString key; ///< of the settings
    };
    double speed() const; ///< 0: not known
    Task measuring_;
    Work work_, begun_;
    OptionSet options_;
};

} // namespace penumbra::gui
