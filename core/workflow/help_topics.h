#pragma once

#include <span>
#include <string>
#include <vector>

namespace penumbra {
struct Study;
}

namespace penumbra::workflow {

/// What the program says of one of its parts, in plain paragraphs: out of the tables of methods, repairs,
/// metrics, figures and options, so that nothing is explained twice.
struct HelpTopic {
    std::string
        id; ///< "method:CQR", "repair:mondrian", "metric:coverage", "page:coverage-by-bin", "option:epochs"
    std::string group;
    std::string title;
    std::vector<std::string> paragraphs;
};
std::vector<HelpTopic> helpTopics();

/// Full titles of the papers that a short reference such as "Gal & Ghahramani 2016" names; what is not known
/// stays as it is.
std::vector<std::string> papersOf(const std::string& reference);

/// How to cite the program, and the papers of the methods named (ids, also of repaired ones), each once.
std::vector<std::string> citations(std::span<const std::string> methods);

} // namespace penumbra::workflow
