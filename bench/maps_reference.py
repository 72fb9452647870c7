#!/usr/bin/env python3
"""Times umap-learn on an embedding of clumps, beside bench_maps on the same file.

  maps_reference.py make FILE ROWS COLUMNS      writes raw float32, row-major
  maps_reference.py time FILE ROWS COLUMNS [THREADS [REPEATS]]

The first map of a process compiles; the later ones are warm.
"""
import os
import sys
import time

import numpy as np


def make(path, rows, columns, inner=24, clumps=12):
    rng = np.random.default_rng(0)
    centres = 3 * rng.normal(size=(clumps, inner))
    low = centres[rng.integers(clumps, size=rows)] + rng.normal(size=(rows, inner))
    low[:, 0] += 0.5 * low[:, 1] ** 2
    turn = rng.normal(size=(inner, columns)) / np.sqrt(inner)
    (np.tanh(low @ turn) + 0.1 * rng.normal(size=(rows, columns))).astype("f4").tofile(path)


def measure(path, rows, columns, threads, repeats):
    os.environ["NUMBA_NUM_THREADS"] = str(threads)
    begin = time.time()
    import umap
    print(f"import {time.time() - begin:.2f} s", flush=True)
    x = np.fromfile(path, "f4").reshape(rows, columns)
    for _ in range(repeats):
        wall, cpu = time.time(), time.process_time()
        umap.UMAP(n_neighbors=15, min_dist=0.1, n_jobs=threads).fit_transform(x)
        print(f"umap-learn {umap.__version__}: {time.time() - wall:.2f} s wall, {time.process_time() - cpu:.2f} s CPU",
              flush=True)


if __name__ == "__main__":
    what, name, n, d = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    if what == "make":
        make(name, n, d)
    else:
        measure(name, n, d, int(sys.argv[5]) if len(sys.argv) > 5 else os.cpu_count(),
                int(sys.argv[6]) if len(sys.argv) > 6 else 2)
