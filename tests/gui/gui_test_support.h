#pragma once

#include "core/catalogue/catalogue.h"
#include "core/eval/study.h"

#include <QString>
#include <QWidget>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace penumbra::gui::test {

/// Every qWarning during a test fails it.
void failOnQtWarnings();

/// Runs the event loop until the condition holds; false when the time is over.
bool waitUntil(const std::function<bool()>& condition, int milliseconds = 30000);

/// A child by name. Fails the test and throws where it is missing.
template <typename T>
T* child(const QObject& owner, const char* name) {
    if (auto* found = owner.findChild<T*>(name))
        return found;
    throw std::runtime_error(std::string("no child named ") + name);
}

/// A study of target "z" with `rows` test rows, catalogue rows 1000, 1001 ... in reverse; intervals of known
/// coverage.
std::shared_ptr<Study> madeStudy(std::size_t rows, const std::vector<std::string>& methods);

/// y = sum of three inputs + noise: a catalogue file that a study learns in a second. Targets z and mass (a
/// fifth of it unlabelled); column colour.
std::string writeMadeCatalogue(const std::string& folder, std::size_t rows = 900);

} // namespace penumbra::gui::test
