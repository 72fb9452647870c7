#pragma once

#include "core/base/option_set.h"
#include "core/catalogue/doctor.h"
#include "gui/documents/open_file.h"
#include "gui/jobs/task.h"
#include "gui/style/theme.h"

#include <QDialog>

class QLabel;
class QLineEdit;
class QPushButton;

namespace penumbra::gui {

class OptionForm;

/// The options of an import, guessed from a raw table's columns (core/importing/guess), with a free name for
/// the catalogue.
OptionSet guessImport(const OpenedFile& file, const doctor::Report* report = nullptr);
/// The same as a command to type; only what differs from the defaults.
QString importCommandLine(const OptionSet& options);

/// Asks how a raw table becomes a catalogue: the form of the import's options beside the columns there are.
class ImportDialog : public QDialog {
    Q_OBJECT
public:
    ImportDialog(const OpenedFile& file, const doctor::Report* report, JobBridge& bridge, const Theme& theme,
                 QWidget* parent = nullptr);
    OptionSet options() const; ///< complete, with the output file
    void accept() override;    ///< asks before a file is replaced

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void check();
    void preview();

    OptionForm* form_;
    QLabel* problem_;
    QLabel* preview_;
    QLineEdit* command_;
    QPushButton* import_;
    Task previewing_;
};

} // namespace penumbra::gui
