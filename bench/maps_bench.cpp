// UMAP of one embedding: seconds of the parts, wall and CPU, memory, and the quality of the map.
//   bench_maps FILE ROWS COLUMNS [THREADS [REPEATS [SEED]]]
// FILE: raw float32, row-major, as maps_reference.py writes it and times umap-learn on it.

#include "bench/measure.h"
#include "core/manifold/quality.h"
#include "core/manifold/umap.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>

namespace {

using namespace penumbra;
using namespace penumbra::bench;

MatrixF readRows(const char* path, Eigen::Index rows, Eigen::Index columns) {
    MatrixF matrix(rows, columns);
    std::ifstream stream(path, std::ios::binary);
    stream.read(reinterpret_cast<char*>(matrix.data()),
                static_cast<std::streamsize>(sizeof(float)) * matrix.size());
    if (!stream)
        throw std::runtime_error(std::string(path) + " holds fewer numbers than that");
    return matrix;
}

int run(int argc, char** argv) {
    if (argc < 4) {
        std::fprintf(stderr, "usage: bench_maps FILE ROWS COLUMNS [THREADS [REPEATS [SEED]]]\n");
        return 2;
    }
    const MatrixF rows = readRows(argv[1], std::atol(argv[2]), std::atol(argv[3]));
    RunContext context;
    context.threads = argc > 4 ? std::atoi(argv[4]) : 0;
    const int repeats = argc > 5 ? std::atoi(argv[5]) : 2;
    manifold::UmapOptions options;
    options.seed = static_cast<std::uint64_t>(argc > 6 ? std::atoi(argv[6]) : 0);
    MatrixF map;
    for (int i = 0; i < repeats; ++i) {
        const auto begin = Clock::now();
        const double cpu = cpuSeconds();
        const manifold::UmapMap made = manifold::fitUmap(rows, options, context);
        std::printf("umap %.2f s wall, %.2f s CPU (neighbours %.2f, graph %.2f, start %.2f, layout %.2f s "
                    "wall), recall %.4f, "
                    "%zu pieces, peak %.0f MB\n",
                    secondsSince(begin), cpuSeconds() - cpu, made.seconds.neighbours, made.seconds.graph,
                    made.seconds.start, made.seconds.layout, made.found.recall, made.components,
                    peakMegabytes());
        map = made.positions;
    }
    const auto begin = Clock::now();
    const auto quality =
        manifold::mapQuality(rows, map, options.neighbours, options.metric, 1, 5000, context);
    std::printf("trustworthiness %.4f, continuity %.4f, recall %.4f, Spearman %.3f, triplets %.3f (%.2f s)\n",
                quality.trustworthiness, quality.continuity, quality.recall, quality.spearman,
                quality.triplets, secondsSince(begin));
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "%s\n", failure.what());
        return 1;
    }
}
