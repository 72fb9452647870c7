#include "core/aion/pooling_impl.h"
#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/io/safetensors.h"
#include "core/nn/device.h"
#include "core/nn/tensors.h"
#include "core/nn/worker_scope.h"

#include <ATen/ops/bmm.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>
#include <cmath>
#include <limits>

namespace penumbra::aion {

namespace {
constexpr double normEpsilon = 1e-5; // of the reference's probes (spec 8)
constexpr const char* widthKey = "width";
constexpr const char* headsKey = "heads";

std::vector<float> optional(const io::SafetensorsFile& file, const char* key,
                            const io::SafetensorsFile::Shape& shape) {
    return file.find(key) == nullptr ? std::vector<float>{} : file.floats(key, shape);
}

std::int64_t positiveInteger(const io::SafetensorsFile& file, const char* key) {
    const auto found = file.metadata().find(key);
    const std::string text = found == file.metadata().end() ? "" : found->second;
    std::int64_t value = 0;
    for (const char c : text)
        value = c >= '0' && c <= '9' && value >= 0 && value < 1'000'000 ? 10 * value + (c - '0') : -1;
    if (text.empty() || value <= 0)
        throw Error(file.path().string() + ": is not an attentive pooling (its metadata \"" + key +
                    "\" is '" + text + "', wanted a positive integer).");
    return value;
}
} // namespace

MatrixF meanPool(const Encoded& encoded) {
    const auto width = static_cast<Eigen::Index>(encoded.width);
    MatrixF pooled(static_cast<Eigen::Index>(encoded.rowCount), width);
    for (std::size_t r = 0; r < encoded.rowCount; ++r) {
        Eigen::VectorXd sum = Eigen::VectorXd::Zero(width);
        std::size_t count = 0;
        for (std::size_t t = r * encoded.tokens; t < (r + 1) * encoded.tokens; ++t)
            if (encoded.valid[t] != 0) {
                sum += Eigen::Map<const Eigen::VectorXf>(encoded.values.data() + t * encoded.width, width)
                           .cast<double>();
                ++count;
            }
        sum /= count > 0 ? static_cast<double>(count) : std::numeric_limits<double>::quiet_NaN();
        pooled.row(static_cast<Eigen::Index>(r)) = sum.cast<float>();
    }
    return pooled;
}

void checkPooling(const AttentivePooling& pooling) {
    const auto width = static_cast<std::size_t>(std::max<std::int64_t>(pooling.width, 0));
    const auto fits = [&](const std::vector<float>& values, std::size_t size, bool mayBeEmpty) {
        return values.size() == size || (mayBeEmpty && values.empty());
    };
    const bool heads = pooling.heads > 0 && width > 0 && pooling.width % pooling.heads == 0;
    const std::size_t headWidth = heads ? width / static_cast<std::size_t>(pooling.heads) : 0;
    if (!heads || !fits(pooling.query, width, false) || !fits(pooling.qWeight, width * width, false) ||
        !fits(pooling.kWeight, width * width, false) || !fits(pooling.vWeight, width * width, false) ||
        !fits(pooling.projection, width * width, true) || !fits(pooling.qNormWeight, headWidth, true) ||
        !fits(pooling.kNormWeight, headWidth, true) ||
        pooling.qNormBias.size() != pooling.qNormWeight.size() ||
        pooling.kNormBias.size() != pooling.kNormWeight.size())
        throw Error("attentive pooling: its weights do not fit width " + std::to_string(pooling.width) +
                    " and " + std::to_string(pooling.heads) + " heads.");
}

PoolingOnDevice::PoolingOnDevice(const AttentivePooling& pooling, at::Device device)
    : heads_(pooling.heads), headWidth_(pooling.width / std::max<std::int64_t>(pooling.heads, 1)) {
    checkPooling(pooling);
    const std::int64_t width = pooling.width;
    const auto matrix = [&](const std::vector<float>& values) {
        return floatTensor(values, {width, width}, device);
    };
    at::Tensor q = at::matmul(matrix(pooling.qWeight), floatTensor(pooling.query, {width}, device));
    q = q.view({heads_, headWidth_});
    if (!pooling.qNormWeight.empty())
        q = at::layer_norm(q, {headWidth_}, floatTensor(pooling.qNormWeight, {headWidth_}, device),
                           floatTensor(pooling.qNormBias, {headWidth_}, device), normEpsilon);
    query_ = q / std::sqrt(static_cast<double>(headWidth_));
    value_ = matrix(pooling.vWeight).view({heads_, headWidth_, width});
    if (!pooling.projection.empty())
        projection_ = matrix(pooling.projection);
    if (pooling.kNormWeight.empty()) {
        const at::Tensor keys = matrix(pooling.kWeight).view({heads_, headWidth_, width});
        scorers_ = at::bmm(query_.unsqueeze(1), keys).squeeze(1);
    } else {
        key_ = matrix(pooling.kWeight);
        kNormWeight_ = floatTensor(pooling.kNormWeight, {headWidth_}, device);
        kNormBias_ = floatTensor(pooling.kNormBias, {headWidth_}, device);
    }
}

at::Tensor PoolingOnDevice::operator()(const at::Tensor& x) const {
    at::Tensor scores; // [B, n, H]
    if (scorers_.defined()) {
        scores = at::matmul(x, scorers_.t());
    } else {
        at::Tensor keys = at::matmul(x, key_.t()).view({x.size(0), x.size(1), heads_, headWidth_});
        keys = at::layer_norm(keys, {headWidth_}, kNormWeight_, kNormBias_, normEpsilon);
        scores = (keys * query_).sum(-1);
    }
    const at::Tensor weighted = at::bmm(at::softmax(scores, 1).transpose(1, 2), x); // [B, H, D]
    at::Tensor e = at::bmm(weighted.transpose(0, 1), value_.transpose(1, 2));       // [H, B, d]
    e = e.transpose(0, 1).reshape({x.size(0), heads_ * headWidth_});
    return projection_.defined() ? at::matmul(e, projection_.t()) : e;
}

MatrixF AttentivePooling::pool(const Encoded& encoded, const RunContext& context) const {
    if (static_cast<std::int64_t>(encoded.width) != width)
        throw Error("attentive pooling of width " + std::to_string(width) +
                    " cannot pool encodings of width " + std::to_string(encoded.width) +
                    "; it was trained for another model.");
    const PoolingOnDevice pooling(*this, at::kCPU);
    MatrixF pooled =
        MatrixF::Constant(static_cast<Eigen::Index>(encoded.rowCount), static_cast<Eigen::Index>(width),
                          std::numeric_limits<float>::quiet_NaN());
    parallelFor(encoded.rowCount, nn::threadCount(context), [&](std::size_t begin, std::size_t end) {
        const nn::WorkerScope scope;
        for (std::size_t r = begin; r < end; ++r) {
            context.checkStop();
            std::vector<float> tokens;
            for (std::size_t t = r * encoded.tokens; t < (r + 1) * encoded.tokens; ++t)
                if (encoded.valid[t] != 0)
                    tokens.insert(
                        tokens.end(), encoded.values.begin() + static_cast<std::ptrdiff_t>(t * encoded.width),
                        encoded.values.begin() + static_cast<std::ptrdiff_t>((t + 1) * encoded.width));
            if (tokens.empty())
                continue;
            const auto count = static_cast<std::int64_t>(tokens.size()) / width;
            const auto row = nn::toVector(pooling(nn::viewOf(tokens, {1, count, width})));
            std::copy(row.begin(), row.end(), pooled.row(static_cast<Eigen::Index>(r)).data());
        }
    });
    return pooled;
}

void AttentivePooling::save(const std::filesystem::path& path) const {
    checkPooling(*this);
    const std::int64_t headWidth = width / heads;
    struct Part {
        const char* key;
        const std::vector<float>* values;
        std::vector<std::int64_t> shape;
    };
    const Part parts[] = {
        {"query", &query, {width}},
        {"q.weight", &qWeight, {width, width}},
        {"k.weight", &kWeight, {width, width}},
        {"v.weight", &vWeight, {width, width}},
        {"proj.weight", &projection, {width, width}},
        {"q_norm.weight", &qNormWeight, {headWidth}},
        {"q_norm.bias", &qNormBias, {headWidth}},
        {"k_norm.weight", &kNormWeight, {headWidth}},
        {"k_norm.bias", &kNormBias, {headWidth}},
    };
    std::vector<io::TensorSpec> specs;
    for (const Part& part : parts)
        if (!part.values->empty())
            specs.push_back({part.key, io::TensorType::F32, part.shape});
    auto metadata = provenance;
    metadata[widthKey] = std::to_string(width);
    metadata[headsKey] = std::to_string(heads);
    io::SafetensorsWriter writer(path, specs, metadata);
    for (const Part& part : parts)
        if (!part.values->empty())
            writer.append(*part.values);
    writer.commit();
}

AttentivePooling AttentivePooling::load(const std::filesystem::path& path) {
    const io::SafetensorsFile file(path);
    AttentivePooling pooling;
    const std::int64_t width = positiveInteger(file, widthKey), heads = positiveInteger(file, headsKey);
    if (width % heads != 0)
        throw Error(path.string() + ": " + std::to_string(heads) + " heads do not divide width " +
                    std::to_string(width) + ".");
    pooling.width = width;
    pooling.heads = heads;
    pooling.query = file.floats("query", {width});
    pooling.qWeight = file.floats("q.weight", {width, width});
    pooling.kWeight = file.floats("k.weight", {width, width});
    pooling.vWeight = file.floats("v.weight", {width, width});
    pooling.projection = optional(file, "proj.weight", {width, width});
    pooling.qNormWeight = optional(file, "q_norm.weight", {width / heads});
    pooling.qNormBias = optional(file, "q_norm.bias", {width / heads});
    pooling.kNormWeight = optional(file, "k_norm.weight", {width / heads});
    pooling.kNormBias = optional(file, "k_norm.bias", {width / heads});
    pooling.provenance.insert(file.metadata().begin(), file.metadata().end());
    checkPooling(pooling);
    return pooling;
}

} // namespace penumbra::aion
