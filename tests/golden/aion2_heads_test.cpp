// Trainable heads in double: outputs, losses and every gradient.

#include "core/eval/overlap.h"
#include "core/heads/task_heads.h"
#include "tests/golden/aion2_support.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <functional>
#include <gtest/gtest.h>
#include <map>

namespace penumbra {
namespace {

using namespace penumbra::golden;

at::Tensor tensorOf(const io::SafetensorsFile& file, const std::string& key) {
    const auto values = realsOf(file, key);
    at::Tensor tensor = at::empty(shapeOf(file, key), at::TensorOptions().dtype(at::kDouble));
    std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<double>());
    return tensor;
}

at::Tensor wholeNumbers(const io::SafetensorsFile& file, const std::string& key) {
    const auto values = idsOf(file, key);
    at::Tensor tensor = at::empty(shapeOf(file, key), at::TensorOptions().dtype(at::kLong));
    std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<std::int64_t>());
    return tensor;
}

void expectTensor(const at::Tensor& got, const io::SafetensorsFile& file, const std::string& key) {
    ASSERT_EQ(got.sizes().vec(), shapeOf(file, key)) << key;
    const at::Tensor plain = got.contiguous();
    const double* first = plain.const_data_ptr<double>();
    expectReals(std::vector<double>(first, first + plain.numel()), realsOf(file, key), 1e-9, key);
}

/// @param prefix of the parameters' keys within the case
void checkHead(const io::SafetensorsFile& file, const std::string& name, const std::string& prefix,
               const heads::TaskHead& head, const heads::HeadInput& input,
               const std::function<heads::LossSlope(const at::Tensor&)>& loss) {
    const heads::HeadPass pass = head.forward(input);
    expectTensor(pass.output, file, name + ".output");
    const heads::LossSlope judged = loss(pass.output);
    expectReals({judged.loss}, realsOf(file, name + ".loss"), 1e-9, name + ".loss");
    const auto gradients = head.backward(input, pass, judged.slope);
    ASSERT_EQ(gradients.size(), head.parameters().size() + 1);
    for (std::size_t p = 0; p < head.parameters().size(); ++p)
        expectTensor(gradients[p], file, name + ".grad." + prefix + head.parameters()[p].name);
    expectTensor(gradients.back(), file, name + ".grad.input");
}

void checkMorphology(const io::SafetensorsFile& file, const std::string& name) {
    const bool drops = file.find(name + ".keep") != nullptr;
    const std::string prefix = drops ? "m." : "";
    const auto weight = [&](const char* key) { return tensorOf(file, name + "." + prefix + key); };
    const auto head =
        heads::classHead(weight("0.weight"), weight("0.bias"), weight("2.weight"), weight("2.bias"));
    heads::HeadInput input{tensorOf(file, name + ".input"), {}, {}};
    if (drops)
        input.dropout = tensorOf(file, name + ".keep") / 0.9;
    const at::Tensor labels = wholeNumbers(file, "morphology.labels");
    checkHead(file, name, prefix, *head, input,
              [&](const at::Tensor& out) { return heads::crossEntropy(out, labels); });
}

void checkProbe(const io::SafetensorsFile& file, const std::string& name, std::int64_t headCount) {
    const auto at = [&](const char* key) { return tensorOf(file, name + "." + key); };
    const auto head =
        heads::attentiveProbe({at("query"), at("wq"), at("wk"), at("wv"), at("w"), at("b")}, headCount);
    const heads::HeadInput input{at("input"), wholeNumbers(file, name + ".padded").to(at::kBool), {}};
    const at::Tensor target = at("target");
    checkHead(file, name, "", *head, input,
              [&](const at::Tensor& out) { return heads::meanSquaredError(out, target); });
    expectTensor(head->forward(input).kept[0], file, name + ".pooled");
}

void checkSegmentation(const io::SafetensorsFile& file, const std::string& name) {
    const auto at = [&](const char* key) { return tensorOf(file, name + "." + key); };
    const auto head = heads::mapHead({at("up1.weight"), at("up1.bias"), at("norm.weight"), at("norm.bias"),
                                      at("up2.weight"), at("up2.bias"), at("out.weight"), at("out.bias")});
    const at::Tensor target = at("target");
    checkHead(file, name, "", *head, {at("input"), {}, {}},
              [&](const at::Tensor& out) { return heads::binaryCrossEntropy(out, target); });
}

void checkOverlap(const io::SafetensorsFile& file) {
    const auto shape = shapeOf(file, "iou.logits");
    const auto truth = idsOf(file, "iou.truth");
    const Overlap overlap =
        overlapOf(realsOf(file, "iou.logits"), std::vector<std::uint8_t>(truth.begin(), truth.end()),
                  static_cast<std::size_t>(shape.at(0)), static_cast<std::size_t>(shape.at(1)));
    const auto contains = idsOf(file, "iou.contains");
    const auto perImage = realsOf(file, "iou.per_image");
    for (std::size_t i = 0; i < contains.size(); ++i)
        if (contains[i] != 0) {
            EXPECT_NEAR(overlap.perImage[i], perImage[i], 1e-12) << "image and structure " << i;
        }
    expectReals(overlap.mean, realsOf(file, "iou.mean"), 1e-9, "iou.mean");
}

TEST(Aion2Heads, reproduceTheReference) {
    const auto files = aion2Files("heads");
    if (files.empty())
        GTEST_SKIP() << "no such file in this folder of goldens";
    for (const auto& path : files) {
        const io::SafetensorsFile file(path);
        std::size_t cases = 0;
        for (const auto& [name, check] : std::map<std::string, std::function<void(const std::string&)>>{
                 {"morphology", [&](const auto& n) { checkMorphology(file, n); }},
                 {"morphology_dropout", [&](const auto& n) { checkMorphology(file, n); }},
                 {"probe", [&](const auto& n) { checkProbe(file, n, 1); }},
                 {"probe_heads",
                  [&](const auto& n) {
                      checkProbe(file, n, jsonOf(file, "probe_heads").get<std::int64_t>());
                  }},
                 {"segmentation", [&](const auto& n) { checkSegmentation(file, n); }},
             })
            if (file.find(name + ".output") != nullptr) {
                check(name);
                ++cases;
            }
        EXPECT_GT(cases, 0U) << path;
        checkOverlap(file);
    }
}

} // namespace
} // namespace penumbra
