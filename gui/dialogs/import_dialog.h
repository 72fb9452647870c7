#pragma once

#include "core/base/option_set.h"
#include "core/catalogue/doctor.h"
#include "gui/documents/open_file.h"
#include "gui/style/theme.h"

#include <QDialog>

class QLabel;
class QPushButton;

namespace penumbra::gui {

class OptionForm;

/// The options of an import, guessed from a raw table's columns: one target by its name (else the last
/// number), every other number an input; ids, positions and a split where the names say so, and no input.
/// Codes of kinds are no inputs either. What the doctor found is heeded: columns that never change are left
/// out, codes for "missing" are named.
OptionSet guessImport(const OpenedFile& file, const doctor::Report* report = nullptr);
/// The same as a command to type; only what differs from the defaults.
QString importCommandLine(const OptionSet& options);

/// Asks how a raw table becomes a catalogue: the form of the import's options beside the columns there are.
class ImportDialog : public QDialog {
    Q_OBJECT
public:
    ImportDialog(const OpenedFile& file, const doctor::Report* report, const Theme& theme,
                 QWidget* parent = nullptr);
    OptionSet options() const; ///< complete, with the output file
    void accept() override;    ///< asks before a file is replaced

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void check();

    OptionForm* form_;
    QLabel* problem_;
    QPushButton* import_;
};

} // namespace penumbra::gui
