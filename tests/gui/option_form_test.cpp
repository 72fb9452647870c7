#include "core/base/error.h"
#include "gui/options/option_form.h"
#include "tests/gui/gui_test_support.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <gtest/gtest.h>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

OptionSet everyKind() {
    OptionSet options;
    options.flag("own-order", false, "Each network draws its own minibatches.").in("Training");
    options.integer("epochs", 500, "Longer trains longer.").range(1, 10000).in("Training");
    options.real("learning-rate", 1e-3, "Larger steps.").range(1e-8, 10).in("Training").withUnit("per step");
    options.text("column", "", "A column.").in("Data");
    options.choice("preset", "paper", {"paper", "quick"}, "How long.").in("Data");
    options.textList("methods", {}, "Methods.").oneOf({"CQR", "MADSplit", "VanillaSplit"}).in("Data");
    options.textList("names", {}, "Free names.").in("Data");
    options.realList("edges", {}, "Edges.").in("Data").asAdvanced();
    options.inputFile("mapping", "A file.").in("Data");
    return options;
}

void type(QWidget& owner, const char* name, const QString& text) {
    auto* line = child<QLineEdit>(owner, name);
    line->selectAll();
    QTest::keyClicks(line, text);
}

} // namespace

class OptionFormTest : public testing::TestWithParam<OptionForm::Arrangement> {};
INSTANTIATE_TEST_SUITE_P(Both, OptionFormTest,
                         testing::Values(OptionForm::Arrangement::Column, OptionForm::Arrangement::Strip));

TEST_P(OptionFormTest, WhatIsTypedArrivesForEveryKind) {
    OptionForm form(GetParam());
    form.setOptions(everyKind());
    form.setFolded(false);
    form.show();
    child<QCheckBox>(form, "option_own-order")->click();
    type(form, "option_epochs", "30");
    type(form, "option_learning-rate", "0.01");
    type(form, "option_column", "mag_r");
    child<QComboBox>(form, "option_preset")->setCurrentText("quick");
    if (GetParam() == OptionForm::Arrangement::Column)
        child<QListWidget>(form, "option_methods")->item(2)->setCheckState(Qt::Checked);
    else
        child<QToolButton>(form, "option_methods")->menu()->actions()[2]->trigger();
    type(form, "option_names", "a, b");
    type(form, "option_edges", "0, 0.5,1");
    type(form, "option_mapping", "/data/map.toml");
    const OptionSet& options = form.options();
    EXPECT_TRUE(options.getFlag("own-order"));
    EXPECT_EQ(options.getInteger("epochs"), 30);
    EXPECT_DOUBLE_EQ(options.getReal("learning-rate"), 0.01);
    EXPECT_EQ(options.getText("column"), "mag_r");
    EXPECT_EQ(options.getText("preset"), "quick");
    EXPECT_EQ(options.getTextList("methods"), std::vector<std::string>{"VanillaSplit"});
    EXPECT_EQ(options.getTextList("names"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(options.getRealList("edges"), (std::vector<double>{0, 0.5, 1}));
    EXPECT_EQ(options.getText("mapping"), "/data/map.toml");
    EXPECT_TRUE(form.isValid());
    for (const Option& option : options.all())
        EXPECT_TRUE(option.given) << option.name;
}

TEST_P(OptionFormTest, WhatIsSetIsShownForEveryKind) {
    OptionForm form(GetParam());
    form.setOptions(everyKind());
    form.setFolded(false);
    form.setValue("own-order", true);
    form.setValue("epochs", std::int64_t{42});
    form.setValue("learning-rate", 0.25);
    form.setValue("preset", std::string("quick"));
    form.setValue("methods", std::vector<std::string>{"CQR"});
    form.setValue("edges", std::vector<double>{1, 2});
    EXPECT_TRUE(child<QCheckBox>(form, "option_own-order")->isChecked());
    EXPECT_EQ(child<QLineEdit>(form, "option_epochs")->text(), "42");
    EXPECT_EQ(child<QLineEdit>(form, "option_learning-rate")->text(), "0.25");
    EXPECT_EQ(child<QComboBox>(form, "option_preset")->currentText(), "quick");
    EXPECT_EQ(child<QLineEdit>(form, "option_edges")->text(), "1,2");
    if (GetParam() == OptionForm::Arrangement::Column) {
        EXPECT_EQ(child<QListWidget>(form, "option_methods")->item(0)->checkState(), Qt::Checked);
    } else {
        EXPECT_TRUE(child<QToolButton>(form, "option_methods")->menu()->actions()[0]->isChecked());
    }
}

TEST_P(OptionFormTest, WrongInputIsExplainedAndTheFormerValueStays) {
    OptionForm form(GetParam());
    form.setOptions(everyKind());
    form.show();
    type(form, "option_epochs", "0");
    EXPECT_FALSE(form.isValid());
    auto* problem = child<QLabel>(form, "problem_epochs");
    EXPECT_TRUE(problem->isVisible());
    EXPECT_TRUE(problem->text().contains("epochs"));
    EXPECT_EQ(form.options().getInteger("epochs"), 500);
    type(form, "option_epochs", "many");
    EXPECT_FALSE(form.isValid());
    type(form, "option_epochs", "7");
    EXPECT_TRUE(form.isValid());
    EXPECT_FALSE(problem->isVisible());
    EXPECT_EQ(form.options().getInteger("epochs"), 7);
}

TEST_P(OptionFormTest, ResetGoesBackToTheDefault) {
    OptionForm form(GetParam());
    form.setOptions(everyKind());
    form.show();
    auto* reset = child<QToolButton>(form, "reset_epochs");
    EXPECT_FALSE(reset->isVisible());
    type(form, "option_epochs", "-3");
    EXPECT_TRUE(reset->isVisible());
    const QSignalSpy changes(&form, &OptionForm::changed);
    reset->click();
    EXPECT_EQ(changes.count(), 1);
    EXPECT_TRUE(form.isValid());
    EXPECT_EQ(child<QLineEdit>(form, "option_epochs")->text(), "500");
    EXPECT_FALSE(form.options().given("epochs"));
}

TEST(OptionForm, AdvancedOptionsAreFoldedAway) {
    OptionForm form(OptionForm::Arrangement::Column);
    form.setOptions(everyKind());
    form.show();
    EXPECT_EQ(form.findChild<QLineEdit*>("option_edges"), nullptr) << "made when they are first looked at";
    form.setValue("edges", std::vector<double>{1, 2});
    child<QToolButton>(form, "advancedFold")->click();
    EXPECT_TRUE(child<QLineEdit>(form, "option_edges")->isVisible());
    EXPECT_EQ(child<QLineEdit>(form, "option_edges")->text(), "1,2");
    child<QToolButton>(form, "advancedFold")->click();
    EXPECT_FALSE(child<QLineEdit>(form, "option_edges")->isVisible());
}

TEST(OptionForm, UntouchedAdvancedOptionsShowWhatAPresetMakesOfThem) {
    OptionForm form(OptionForm::Arrangement::Column);
    form.setOptions(everyKind());
    OptionSet effective = form.options();
    effective.set("edges", std::vector<double>{3, 4});
    form.showUntouched(effective);
    form.setFolded(false);
    EXPECT_EQ(child<QLineEdit>(form, "option_edges")->text(), "3,4");
}

TEST(OptionForm, HiddenOptionsKeepTheirValue) {
    OptionForm form(OptionForm::Arrangement::Strip);
    OptionSet options = everyKind();
    options.set("epochs", std::int64_t{11});
    form.setOptions(options, {"epochs"});
    EXPECT_EQ(form.findChild<QLineEdit*>("option_epochs"), nullptr);
    EXPECT_EQ(form.options().getInteger("epochs"), 11);
}

TEST(OptionForm, SuggestionsTurnAFreeListIntoTicks) {
    OptionForm form(OptionForm::Arrangement::Column);
    form.setOptions(everyKind());
    form.setSuggestions("names", {"z", "mass"});
    auto* list = child<QListWidget>(form, "option_names");
    ASSERT_EQ(list->count(), 2);
    list->item(1)->setCheckState(Qt::Checked);
    EXPECT_EQ(form.options().getTextList("names"), std::vector<std::string>{"mass"});
}

TEST(OptionForm, OtherSuggestionsLeaveNothingOfTheFormerOnes) {
    OptionForm form(OptionForm::Arrangement::Column);
    form.setOptions(everyKind());
    form.setSuggestions("names", {"z", "mass", "age"});
    form.setSuggestions("column", {"mag_r"});
    form.setValue("names", std::vector<std::string>{"z", "age"});
    form.setValue("column", std::string("mag_r"));
    form.setSuggestions("names", {"zspec", "z"});
    form.setSuggestions("column", {"mag_g"});
    EXPECT_EQ(form.options().getTextList("names"), std::vector<std::string>{"z"});
    EXPECT_EQ(child<QListWidget>(form, "option_names")->count(), 2);
    EXPECT_EQ(form.options().getText("column"), "");
    form.setSuggestions("names", {"mass"});
    EXPECT_TRUE(form.options().getTextList("names").empty());
    EXPECT_EQ(child<QListWidget>(form, "option_names")->count(), 1);
}

TEST(OptionForm, AListShowsNoEntriesOfAFormerValue) {
    OptionForm form(OptionForm::Arrangement::Column);
    form.setOptions(everyKind());
    form.setSuggestions("names", {"z"});
    form.setValue("names", std::vector<std::string>{"elsewhere"});
    form.setValue("names", std::vector<std::string>{"z"});
    EXPECT_EQ(child<QListWidget>(form, "option_names")->count(), 1);
}

TEST(OptionForm, ShowsWhatAPresetMakesOfUntouchedOptions) {
    OptionForm form(OptionForm::Arrangement::Column);
    form.setOptions(everyKind());
    form.setValue("learning-rate", 0.5);
    OptionSet effective = form.options();
    effective.set("epochs", std::int64_t{30});
    effective.set("learning-rate", 0.125);
    form.showUntouched(effective);
    EXPECT_EQ(child<QLineEdit>(form, "option_epochs")->text(), "30");
    EXPECT_EQ(child<QLineEdit>(form, "option_learning-rate")->text(), "0.5");
    EXPECT_FALSE(form.options().given("epochs"));
}
