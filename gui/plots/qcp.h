#pragma once

// The one place that includes QCustomPlot: its header uses Qt's bare keywords, which QT_NO_KEYWORDS takes
// away.
#include <QObject>

#define signals Q_SIGNALS
#define slots Q_SLOTS
#define emit Q_EMIT
#define foreach Q_FOREACH
#include <qcustomplot.h>
#undef signals
#undef slots
#undef emit
#undef foreach
