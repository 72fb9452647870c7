#include "gui/space3d/space_overlay.h"

#include "gui/cloud/cloud_paint.h"

#include <QFile>

#include <algorithm>
#include <backends/imgui_impl_opengl3.h>
#include <cmath>
#include <imgui.h>

namespace penumbra::gui {

namespace {

constexpr float kWidth = 152.0f, kMargin = 10.0f, kBar = 150.0f, kBeside = 210.0f, kFont = 13.0f,
                kHandle = 7.0f;

ImU32 colourOf(const QColor& colour, double opacity = 1.0) {
    return IM_COL32(colour.red(), colour.green(), colour.blue(), static_cast<int>(255 * opacity));
}

ImVec4 vectorOf(const QColor& colour) {
    return ImGui::ColorConvertU32ToFloat4(colourOf(colour));
}

} // namespace

struct SpaceOverlay::Context {
    Context() {
        imgui = ImGui::CreateContext();
        ImGui::SetCurrentContext(imgui);
        ImGui::GetIO().IniFilename = nullptr;
        ImGui_ImplOpenGL3_Init("#version 330 core");
    }
    ~Context() {
        ImGui::SetCurrentContext(imgui);
        ImGui_ImplOpenGL3_Shutdown();
        ImGui::DestroyContext(imgui);
    }
    ImGuiContext* imgui;
};

SpaceOverlay::SpaceOverlay(QString font) : font_(std::move(font)), context_(std::make_unique<Context>()) {}

SpaceOverlay::~SpaceOverlay() = default;

/// The font in the size of the screen: enlarged pictures of letters are hard to read.
void SpaceOverlay::begin(const OverlayModel& model) {
    ImGui::SetCurrentContext(context_->imgui);
    if (model.ratio == ratio_)
        return;
    ratio_ = model.ratio;
    ImFontAtlas& fonts = *ImGui::GetIO().Fonts;
    fonts.Clear();
    static const ImWchar letters[] = {0x20,   0xFF,   0x370,  0x3FF,  0x2010, 0x2030,
                                      0x2190, 0x2193, 0x2200, 0x22FF, 0};
    const auto size = static_cast<float>(std::lround(kFont * ratio_));
    if (!QFile::exists(font_) ||
        fonts.AddFontFromFileTTF(QFile::encodeName(font_).constData(), size, nullptr, letters) == nullptr)
        fonts.AddFontDefault();
    ImGui_ImplOpenGL3_DestroyFontsTexture();
    ImGui_ImplOpenGL3_CreateFontsTexture();
    ImGui::GetStyle() = ImGuiStyle();
    ImGui::GetStyle().ScaleAllSizes(static_cast<float>(ratio_));
}

void SpaceOverlay::style(const OverlayModel& model) {
    ImGuiStyle& style = ImGui::GetStyle();
    style.WindowRounding = style.FrameRounding = 4.0f * static_cast<float>(ratio_);
    const auto set = [&](ImGuiCol what, const QColor& colour) { style.Colors[what] = vectorOf(colour); };
    set(ImGuiCol_Text, model.text);
    set(ImGuiCol_TextDisabled, model.faint);
    set(ImGuiCol_WindowBg, model.raised);
    set(ImGuiCol_Border, model.line);
    for (const ImGuiCol frame : {ImGuiCol_FrameBg, ImGuiCol_FrameBgHovered, ImGuiCol_FrameBgActive})
        set(frame, model.line);
    for (const ImGuiCol grab : {ImGuiCol_SliderGrab, ImGuiCol_SliderGrabActive})
        set(grab, model.accent);
    style.Colors[ImGuiCol_WindowBg].w = 0.9f;
}

/// The scale as a bar; its ends are dragged along it: what the pointer passes is where the colours end.
void SpaceOverlay::scale(const OverlayModel& model, OverlayEdit& edit) {
    const auto unit = static_cast<float>(ratio_);
    const float room = ImGui::GetIO().DisplaySize.y / unit - kBeside;
    const float length = std::clamp(room, 0.4f * kBar, kBar) * unit, wide = 14.0f * unit;
    const ImVec2 top = ImGui::GetCursorScreenPos();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const auto steps = model.ramp.size() - 1;
    for (std::size_t i = 0; i < steps; ++i) {
        const float from = top.y + length * (1.0f - static_cast<float>(i + 1) / static_cast<float>(steps)),
                    to = top.y + length * (1.0f - static_cast<float>(i) / static_cast<float>(steps));
        list.AddRectFilledMultiColor({top.x, from}, {top.x + wide, to}, colourOf(model.ramp[i + 1]),
                                     colourOf(model.ramp[i + 1]), colourOf(model.ramp[i]),
                                     colourOf(model.ramp[i]));
    }
    double low = model.low, high = model.high;
    if (held_.range)
        std::tie(low, high) = *held_.range;
    const auto end = [&](const char* id, bool upper) {
        const float y = upper ? top.y : top.y + length;
        ImGui::SetCursorScreenPos({top.x - 2.0f * unit, y - kHandle * unit});
        ImGui::InvisibleButton(id, {wide + 2.0f * kHandle * unit, 2.0f * kHandle * unit});
        if (ImGui::IsItemActive()) {
            const double moved = -ImGui::GetMouseDragDelta(0, 0.0f).y / length * (model.high - model.low);
            const double least = 0.01 * (model.high - model.low);
            low = upper ? model.low : std::min(model.low + moved, model.high - least);
            high = upper ? std::max(model.high + moved, model.low + least) : model.high;
            held_.range = {low, high};
        } else if (ImGui::IsItemDeactivated() && held_.range) {
            edit.range = std::exchange(held_.range, std::nullopt);
        }
        const ImU32 colour =
            colourOf(ImGui::IsItemHovered() || ImGui::IsItemActive() ? model.accent : model.text);
        const float x = top.x + wide + 1.0f * unit;
        list.AddTriangleFilled({x, y}, {x + kHandle * unit, y - 4.0f * unit},
                               {x + kHandle * unit, y + 4.0f * unit}, colour);
        list.AddText({x + 11.0f * unit, y - 0.5f * ImGui::GetFontSize()}, colour,
                     tickText(upper ? high : low).toUtf8().constData());
    };
    end("high", true);
    end("low", false);
    if (model.centre) {
        const auto part = static_cast<float>((model.high - *model.centre) / (model.high - model.low));
        const float y = top.y + length * part;
        if (part > 0.08f && part < 0.92f)
            list.AddText({top.x + wide + 12.0f * unit, y - 0.5f * ImGui::GetFontSize()},
                         colourOf(model.faint), tickText(*model.centre).toUtf8().constData());
        list.AddLine({top.x, y}, {top.x + wide, y}, colourOf(model.text), unit);
    }
    ImGui::SetCursorScreenPos({top.x, top.y + length + 10.0f * unit});
    ImGui::Dummy({1.0f, 1.0f});
}

void SpaceOverlay::names(const std::vector<std::pair<QString, QColor>>& names, const OverlayModel&) {
    const auto unit = static_cast<float>(ratio_);
    for (const auto& [name, colour] : names) {
        const ImVec2 at = ImGui::GetCursorScreenPos();
        ImGui::GetWindowDrawList()->AddCircleFilled(
            {at.x + 5.0f * unit, at.y + 0.5f * ImGui::GetTextLineHeight()}, 4.5f * unit, colourOf(colour));
        ImGui::SetCursorPosX(ImGui::GetCursorPosX() + 16.0f * unit);
        ImGui::TextUnformatted(name.toUtf8().constData());
    }
}

OverlayEdit SpaceOverlay::draw(const QSize& pixels, const OverlayModel& model, const OverlayInput& input) {
    begin(model);
    style(model);
    ImGuiIO& io = ImGui::GetIO();
    const auto unit = static_cast<float>(ratio_);
    io.DisplaySize = {static_cast<float>(pixels.width()), static_cast<float>(pixels.height())};
    io.DeltaTime = 1.0f / 60.0f;
    io.MousePos = {static_cast<float>(input.at.x()), static_cast<float>(input.at.y())};
    io.MouseDown[0] = input.down;
    OverlayEdit edit;
    ImGui_ImplOpenGL3_NewFrame();
    ImGui::NewFrame();
    ImGui::SetNextWindowPos({io.DisplaySize.x - (kWidth + kMargin) * unit, kMargin * unit});
    ImGui::SetNextWindowSize({kWidth * unit, 0.0f});
    ImGui::Begin("look", nullptr,
                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                     ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoNav);
    if (!model.title.isEmpty()) {
        ImGui::TextWrapped("%s", model.title.toUtf8().constData());
        ImGui::Dummy({1.0f, 4.0f * unit});
        if (!model.ramp.empty())
            scale(model, edit);
        names(model.names, model);
        ImGui::Separator();
    }
    names(model.subsets, model);
    const auto slider = [&](const char* id, const QString& form, double value, float low, float high,
                            std::optional<double>& held, std::optional<double>& changed) {
        auto shown = static_cast<float>(held.value_or(value));
        ImGui::SetNextItemWidth(-1.0f);
        if (ImGui::SliderFloat(id, &shown, low, high, form.toUtf8().constData()))
            held = static_cast<double>(shown);
        if (ImGui::IsItemDeactivated() && held)
            changed = std::exchange(held, std::nullopt);
    };
    slider("##size", QObject::tr("size %.0f"), model.size, 1.0f, 20.0f, held_.size, edit.size);
    slider("##opacity", QObject::tr("opacity %.2f"), model.opacity, 0.05f, 1.0f, held_.opacity, edit.opacity);
    const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
    area_ = QRect(static_cast<int>(at.x), static_cast<int>(at.y), static_cast<int>(size.x),
                  static_cast<int>(size.y));
    ImGui::End();
    ImGui::Render();
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    return edit;
}

} // namespace penumbra::gui
