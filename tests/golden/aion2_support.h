#pragma once

#include "tests/golden/aion_support.h"

#include <nlohmann/json.hpp>
#include <span>

namespace penumbra::golden {

/// Every file aion2/io/PREFIX*.safetensors of the goldens, sorted; only that of PENUMBRA_GOLDEN_FILE where it
/// is set. None: the folder lacks them, and the entry is skipped.
std::vector<std::filesystem::path> aion2Files(const std::string& prefix);

/// The folder of the model that a file belongs to, by its metadata.
std::filesystem::path aion2Model(const io::SafetensorsFile& file);

nlohmann::json jsonOf(const io::SafetensorsFile& file, const std::string& key); ///< of the metadata
std::vector<double> realsOf(const io::SafetensorsFile& file, const std::string& key);
std::vector<std::int64_t> shapeOf(const io::SafetensorsFile& file, const std::string& key);

/// Every step-th row and column of images [..., height, width].
std::vector<float> everyNth(const std::vector<float>& images, std::size_t height, std::size_t width,
                            std::size_t step);

/// Tokens must be equal wherever the margin is larger; elsewhere at most one in a hundred may differ.
void expectTokens(const std::vector<std::int32_t>& got, const std::vector<std::int32_t>& want,
                  const std::vector<float>& margin, float safe, const std::string& what);
/// Relative, absolute below 1.
void expectReals(const std::vector<double>& got, const std::vector<double>& want, double tolerance,
                 const std::string& what);

} // namespace penumbra::golden
