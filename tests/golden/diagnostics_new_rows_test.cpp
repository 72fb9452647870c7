// What is said of new galaxies, one by one, beside the training and calibration rows.

#include "core/eval/new_rows.h"
#include "tests/golden/diagnostics_support.h"

namespace penumbra {
namespace {

using namespace penumbra::golden;

TEST(DiagnosticsNewRows, PercentilesAndPValues) {
    forDiagnosticsFiles("new_rows", [](const io::Hdf5File& file) {
        const auto reference = file.readReals("/percentile/reference");
        const auto scores = file.readReals("/percentile/scores");
        const auto own = referencePercentiles(reference, scores);
        expectClose(own.strict, file.readReals("/percentile/strict"), closedForm, "strict");
        expectClose(own.weak, file.readReals("/percentile/weak"), closedForm, "weak");
        expectClose(own.mean, file.readReals("/percentile/mean"), closedForm, "mean");
        expectClose(referencePValues(reference, scores), file.readReals("/percentile/conformal_p"),
                    closedForm, "conformal p");
    });
}

TEST(DiagnosticsNewRows, LabelRange) {
    forDiagnosticsFiles("new_rows", [](const io::Hdf5File& file) {
        const LabelRange range = labelRange(file.readReals("/label_range/training_labels"));
        expectClose({range.low, range.high}, file.readReals("/label_range/limits"), closedForm, "limits");
        const auto flags = labelRangeFlags(range, file.readReals("/label_range/predictions"));
        EXPECT_EQ(flags, file.readBytes("/label_range/flag"));
    });
}

} // namespace
} // namespace penumbra
