#include "core/base/json_text.h"

#include "core/base/text.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace penumbra {

namespace {

template <typename Json>
Json converted(const Json& value) {
    if (value.is_string())
        return toUtf8(value.template get_ref<const std::string&>());
    if (value.is_array()) {
        Json list = Json::array();
        for (const Json& entry : value)
            list.push_back(converted(entry));
        return list;
    }
    if (value.is_object()) {
        Json object = Json::object();
        for (const auto& entry : value.items())
            object[toUtf8(entry.key())] = converted(entry.value());
        return object;
    }
    return value;
}

template <typename Json>
std::string written(const Json& value, int indent, bool ascii) {
    constexpr auto replace = Json::error_handler_t::replace; // converted() left nothing to replace
    try {
        return value.dump(indent, ' ', ascii);
    } catch (const typename Json::type_error&) {
        return converted(value).dump(indent, ' ', ascii, replace);
    }
}

} // namespace

std::string jsonText(const nlohmann::json& value, int indent) {
    return written(value, indent, false);
}

std::string jsonText(const nlohmann::ordered_json& value, int indent) {
    return written(value, indent, false);
}

nlohmann::json jsonReal(double value) {
    if (std::isinf(value))
        return value > 0 ? "inf" : "-inf";
    return std::isnan(value) ? nlohmann::json(nullptr) : nlohmann::json(value);
}

std::string shortJsonText(const nlohmann::json& value, std::size_t longest) {
    std::string text = written(value, -1, true);
    return text.size() > longest ? std::string(firstBytes(text, longest - 3)) + "..." : text;
}

} // namespace penumbra
