#include "core/base/json_text.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace penumbra;
using nlohmann::json;

TEST(JsonText, ConvertsWhatIsNoUtf8) {
    const json value{{"caf\xe9", {"\xc5\xbb\xc3\xb3\xc5\x82\xc4\x87", "na\xefve", 1, nullptr}}};
    // U+00E9 and U+00EF: the Latin-1 bytes as UTF-8; what was UTF-8 stays.
    EXPECT_EQ(jsonText(value),
              "{\"caf\xc3\xa9\":[\"\xc5\xbb\xc3\xb3\xc5\x82\xc4\x87\",\"na\xc3\xafve\",1,null]}");
    EXPECT_EQ(json::parse(jsonText(value, 2)), json::parse(jsonText(value)));
}

TEST(JsonText, LeavesGoodTextAsTheLibraryWritesIt) {
    const json value{{"a", {1.5, "x\n"}}, {"b", json::object()}};
    EXPECT_EQ(jsonText(value), "{\"a\":[1.5,\"x\\n\"],\"b\":{}}");
    nlohmann::ordered_json ordered;
    ordered["z"] = 1;
    ordered["a"] = 2;
    EXPECT_EQ(jsonText(ordered), "{\"z\":1,\"a\":2}");
}

TEST(JsonText, ShortTextFitsAMessage) {
    EXPECT_EQ(shortJsonText(json("\xe9")), "\"\\u00e9\"");
    EXPECT_EQ(shortJsonText(json(std::string(1000, 'x')), 20).size(), 20U);
}
