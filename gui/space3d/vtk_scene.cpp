// The library penumbra_space, opened at run time: the one file that knows VTK.
#include "gui/space3d/space_scene.h"

#include <vtkActor.h>
#include <vtkAutoInit.h>
#include <vtkCamera.h>
#include <vtkCellArray.h>
#include <vtkFloatArray.h>
#include <vtkGenericOpenGLRenderWindow.h>
#include <vtkIdTypeArray.h>
#include <vtkNew.h>
#include <vtkObjectFactory.h>
#include <vtkOpenGLState.h>
#include <vtkPointData.h>
#include <vtkPoints.h>
#include <vtkPolyData.h>
#include <vtkPolyDataMapper.h>
#include <vtkProperty.h>
#include <vtkRenderer.h>
#include <vtkSmartPointer.h>
#include <vtkUnsignedCharArray.h>

#include <algorithm>

VTK_MODULE_INIT(vtkRenderingOpenGL2)

namespace penumbra::gui {

namespace {

constexpr std::size_t kFirstChunk = 12500, kLargestChunk = 100000;
constexpr unsigned kDrawFramebuffer = 0x8CA9, kDepthTest = 0x0B71, kLessOrEqual = 0x0203; // of OpenGL

/// Points i of a cloud from..to-1, or those of a list, as VTK wants them.
class PointActor {
public:
    PointActor() {
        mapper_->SetInputData(data_);
        mapper_->SetColorModeToDirectScalars();
        actor_->SetMapper(mapper_);
        actor_->GetProperty()->SetLighting(false);
    }
    void setPlaces(vtkFloatArray* places) {
        const vtkIdType count = places->GetNumberOfTuples();
        vtkNew<vtkPoints> points;
        points->SetData(places);
        data_->SetPoints(points);
        vtkNew<vtkIdTypeArray> ids, offsets;
        ids->SetNumberOfValues(count);
        for (vtkIdType i = 0; i < count; ++i)
            ids->SetValue(i, i);
        offsets->SetNumberOfValues(2);
        offsets->SetValue(0, 0);
        offsets->SetValue(1, count);
        vtkNew<vtkCellArray> vertices;
        vertices->SetData(offsets, ids);
        data_->SetVerts(vertices);
        colours_->SetNumberOfComponents(4);
        colours_->SetNumberOfTuples(count);
        colours_->Fill(255);
        data_->GetPointData()->SetScalars(colours_);
    }
    template <typename ColourOf>
    void setColours(ColourOf colourOf) {
        for (vtkIdType i = 0; i < colours_->GetNumberOfTuples(); ++i) {
            const QRgb colour = colourOf(static_cast<std::size_t>(i));
            unsigned char* to = colours_->GetPointer(4 * i);
            to[0] = static_cast<unsigned char>(qRed(colour));
            to[1] = static_cast<unsigned char>(qGreen(colour));
            to[2] = static_cast<unsigned char>(qBlue(colour));
            to[3] = 255;
        }
        colours_->Modified();
        data_->Modified();
    }
    void setLook(double diameter, double opacity) {
        vtkProperty& look = *actor_->GetProperty();
        look.SetPointSize(static_cast<float>(diameter));
        look.SetRenderPointsAsSpheres(diameter >= 3.0); // smaller ones are squares in any case
        look.SetOpacity(opacity);
    }
    vtkActor* actor() const { return actor_; }

private:
    vtkNew<vtkPolyData> data_;
    vtkNew<vtkUnsignedCharArray> colours_;
    vtkNew<vtkPolyDataMapper> mapper_;
    vtkNew<vtkActor> actor_;
};

/// Tells whether VTK got hold of OpenGL's functions.
class BridgeWindow : public vtkGenericOpenGLRenderWindow {
public:
    static BridgeWindow* New();
    bool works() const { return Initialized && GlewInitValid; }
    // clang-format off
    vtkTypeMacro(BridgeWindow, vtkGenericOpenGLRenderWindow)
    // clang-format on
};
vtkStandardNewMacro(BridgeWindow)

    class VtkScene : public SpaceScene {
public:
    VtkScene() {
        // The context is the caller's: VTK draws into framebuffers of its own, and
        // from there into ours.
        window_->SetOwnContext(0);
        window_->SetIsCurrent(true);
        window_->SetReadyForRendering(true);
        window_->SetFrameBlitModeToNoBlit();
        window_->SetMultiSamples(0);
        window_->AddRenderer(renderer_);
        renderer_->SetUseDepthPeeling(false);
        box_->GetProperty()->SetLighting(false);
        box_->SetMapper(boxMapper_);
        boxMapper_->SetInputData(boxData_);
        renderer_->AddActor(box_);
    }
    ~VtkScene() override { window_->Finalize(); }

    void setPoints(std::shared_ptr<const SpacePoints> points) override {
        for (const Chunk& chunk : chunks_)
            renderer_->RemoveActor(chunk.actor->actor());
        chunks_.clear();
        setMarks({});
        points_ = std::move(points);
        for (std::size_t from = 0, size = kFirstChunk; from < points_->size();) {
            const std::size_t to = std::min(from + size, points_->size());
            auto actor = std::make_unique<PointActor>();
            vtkNew<vtkFloatArray> places;
            places->SetNumberOfComponents(3);
            places->SetArray(const_cast<float*>(points_->unit().data()) +
                                 3 * from, // read only; points_ keeps it
                             static_cast<vtkIdType>(3 * (to - from)), 1);
            actor->setPlaces(places);
            actor->setLook(look_.diameter, look_.opacity);
            renderer_->AddActor(actor->actor());
            chunks_.push_back({from, to, std::move(actor)});
            from = to;
            size = std::clamp(from, kFirstChunk, kLargestChunk);
        }
        drawBox();
    }

    void setColours(const std::vector<QRgb>& colours) override {
        for (const Chunk& chunk : chunks_)
            chunk.actor->setColours([&](std::size_t i) { return colours[chunk.from + i]; });
    }

    void setMarks(const std::vector<SpaceMark>& marks) override {
        for (const auto& mark : marks_)
            renderer_->RemoveActor(mark->actor());
        marks_.clear();
        widen_.clear();
        for (const SpaceMark& mark : marks) {
            if (mark.points.empty())
                continue;
            vtkNew<vtkFloatArray> places;
            places->SetNumberOfComponents(3);
            places->SetNumberOfTuples(static_cast<vtkIdType>(mark.points.size()));
            for (std::size_t i = 0; i < mark.points.size(); ++i)
                places->SetTypedTuple(static_cast<vtkIdType>(i), points_->unit().data() + 3 * mark.points[i]);
            auto actor = std::make_unique<PointActor>();
            actor->setPlaces(places);
            actor->setColours(
                [&](std::size_t i) { return mark.colours.size() == 1 ? mark.colours[0] : mark.colours[i]; });
            actor->setLook(look_.diameter + mark.widen, 1.0);
            renderer_->AddActor(actor->actor());
            marks_.push_back(std::move(actor));
            widen_.push_back(mark.widen);
        }
    }

    void setLook(const SpaceLook& look) override {
        look_ = look;
        for (const Chunk& chunk : chunks_)
            chunk.actor->setLook(look.diameter, look.opacity);
        for (std::size_t i = 0; i < marks_.size(); ++i)
            marks_[i]->setLook(look.diameter + widen_[i], 1.0);
        renderer_->SetBackground(qRed(look.page) / 255.0, qGreen(look.page) / 255.0,
                                 qBlue(look.page) / 255.0);
        box_->GetProperty()->SetColor(qRed(look.line) / 255.0, qGreen(look.line) / 255.0,
                                      qBlue(look.line) / 255.0);
    }

    void setView(const SpaceCamera& camera, const QSize& pixels) override {
        const SpaceProjection seen(camera, pixels);
        vtkCamera& vtk = *renderer_->GetActiveCamera();
        vtk.SetFocalPoint(camera.centre.data());
        vtk.SetPosition(seen.position().data());
        vtk.SetViewUp(seen.upright().data());
        vtk.SetViewAngle(seen.verticalDegrees());
        vtk.SetClippingRange(seen.nearest(), seen.farthest());
        window_->SetSize(pixels.width(), pixels.height());
    }

    std::size_t drawFirst(std::size_t most) override {
        drawn_ = 0;
        std::size_t shown = 0;
        while (drawn_ < chunks_.size() && (drawn_ == 0 || chunks_[drawn_].to <= most))
            shown = chunks_[drawn_++].to;
        draw(0, 0, false, true, Upon::Nothing); // no line hides a galaxy
        draw(0, drawn_, true, false, Upon::Colours);
        return shown;
    }

    std::size_t drawMore() override {
        if (drawn_ == chunks_.size())
            return points_ ? points_->size() : 0;
        draw(drawn_, drawn_ + 1, false, false, Upon::ColoursAndDepths);
        return chunks_[drawn_++].to;
    }

    void copyTo(unsigned framebuffer) override {
        vtkOpenGLState& state = *window_->GetState();
        state.ResetFramebufferBindings();
        state.vtkglBindFramebuffer(kDrawFramebuffer, framebuffer);
        window_->BlitDisplayFramebuffer();
    }

    QString failure() const override {
        return failed_ ? QStringLiteral("VTK cannot use the OpenGL of this display.") : QString();
    }

private:
    struct Chunk {
        std::size_t from, to;
        std::unique_ptr<PointActor> actor;
    };

    enum class Upon { Nothing, Colours, ColoursAndDepths }; ///< what of the picture is kept

    /// Chunks from..to-1 alone, with marks or the box.
    void draw(std::size_t from, std::size_t to, bool marks, bool box, Upon upon) {
        for (std::size_t i = 0; i < chunks_.size(); ++i)
            chunks_[i].actor->actor()->SetVisibility(i >= from && i < to);
        for (const auto& mark : marks_)
            mark->actor()->SetVisibility(marks);
        box_->SetVisibility(box);
        renderer_->SetErase(upon != Upon::ColoursAndDepths);
        renderer_->SetPreserveColorBuffer(upon != Upon::Nothing);
        renderer_->SetPreserveDepthBuffer(upon == Upon::ColoursAndDepths);
        vtkOpenGLState& state = *window_->GetState();
        state.Reset();                 // others have drawn in this context
        state.vtkglEnable(kDepthTest); // VTK does so only where it clears
        state.vtkglDepthFunc(kLessOrEqual);
        state.vtkglDepthMask(true);
        window_->Render();
        failed_ = !window_->works();
    }

    void drawBox() {
        const auto& r = points_->reach();
        vtkNew<vtkPoints> corners;
        for (int i = 0; i < 8; ++i)
            corners->InsertNextPoint((i & 1) ? r[0] : -r[0], (i & 2) ? r[1] : -r[1], (i & 4) ? r[2] : -r[2]);
        vtkNew<vtkCellArray> edges;
        for (const int bit : {1, 2, 4})
            for (int i = 0; i < 8; ++i)
                if ((i & bit) == 0) {
                    edges->InsertNextCell(2);
                    edges->InsertCellPoint(i);
                    edges->InsertCellPoint(i | bit);
                }
        boxData_->SetPoints(corners);
        boxData_->SetLines(edges);
    }

    std::shared_ptr<const SpacePoints> points_;
    std::vector<Chunk> chunks_;
    std::vector<std::unique_ptr<PointActor>> marks_;
    std::vector<double> widen_;
    SpaceLook look_;
    std::size_t drawn_ = 0; ///< chunks that stand in the picture
    bool failed_ = false;
    vtkNew<BridgeWindow> window_;
    vtkNew<vtkRenderer> renderer_;
    vtkNew<vtkPolyData> boxData_;
    vtkNew<vtkPolyDataMapper> boxMapper_;
    vtkNew<vtkActor> box_;
};

} // namespace

} // namespace penumbra::gui

extern "C" __attribute__((visibility("default"))) penumbra::gui::SpaceScene* penumbraMakeSpaceScene() {
    return new penumbra::gui::VtkScene;
}
