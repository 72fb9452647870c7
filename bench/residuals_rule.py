#!/usr/bin/env python3
"""Measures when residual nets should learn from cross-fitted errors: what `--residuals auto` goes by.

  residuals_rule.py PENUMBRA_CLI [SIZE ...]     SIZE: rows x features x epochs x seeds, such as 4000x768x40x2; 4000x768x40x2xlast keeps
  the last epoch, so that heads overfit more

Simulated galaxies, half of them for training, a quarter each for calibration and test; MADSplit of z and log_mstar, a tenth
of the training rows set aside. One line a study and target: the head's mean |error| on rows set aside
over that on those it learned from, and what in-sample and cross-fitted errors give.
"""
import csv
import io
import os
import re
import resource
import subprocess
import sys
import tempfile

METRICS = ("interval score", "conditional coverage error, %", "worst-bin coverage, %", "mean width")
OPTIONS = "--targets z,log_mstar --methods MADSplit --validation-fraction 0.1 --threads 1 --quiet".split()


def run(cli, *words):
    done = subprocess.run([cli, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))}: {done.stderr}")
    return done.stdout


def study(cli, folder, catalogue, epochs, keep, residuals):
    out = os.path.join(folder, residuals + ".h5")
    run(cli, "study", catalogue, *OPTIONS, "--epochs", epochs, "--keep-epoch", keep, "--residuals", residuals,
        "--out", out)
    table = run(cli, "table", out, "--format", "csv", "--metrics",
                "interval_score,conditional_coverage_error,worst_bin_coverage,mean_width")
    lines = csv.DictReader(io.StringIO(table[table.index("target,method"):]))
    scores = {line["target"]: [float(line[m]) for m in METRICS] for line in lines if line["method"] == "MADSplit"}
    return scores, run(cli, "inspect", out)


def measure(cli, rows, features, epochs, seed, keep):
    with tempfile.TemporaryDirectory() as folder:
        catalogue = os.path.join(folder, "galaxies.h5")
        run(cli, "simulate", "--rows", rows, "--embedding-width", features, "--seed", seed, "--quiet", "--out",
            catalogue)
        kinds = {kind: study(cli, folder, catalogue, epochs, keep, kind)
                 for kind in ("auto", "in-sample", "cross-fitted")}
    for target in ("z", "log_mstar"):
        said = re.search(target + r": residual nets learn from (\S+) errors.*?\((\S+) times", kinds["auto"][1], re.S)
        pairs = [f"{a:.4g} to {b:.4g}"
                 for a, b in zip(kinds["in-sample"][0][target], kinds["cross-fitted"][0][target])]
        print(f"| {rows:,} x {features}, {epochs} epochs, {keep} kept, seed {seed} | {target} | {said[2]}, {said[1]} | "
              + " | ".join(pairs) + " |", flush=True)


def main():
    cli, *sizes = sys.argv[1:]
    print("| galaxies, features | target | ratio, chosen | " + " | ".join(METRICS) + " |\n|---|---|---|---|---|---|---|")
    for size in sizes or ("1000x16x60x3", "4000x16x60x2", "10000x16x40x1", "1000x768x60x2", "4000x768x40x1",
                          "10000x768x30x1"):
        rows, features, epochs, seeds = map(int, size.split("x")[:4])
        for seed in range(1, seeds + 1):
            measure(cli, rows, features, epochs, seed, "last" if size.endswith("xlast") else "best")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{used.ru_utime + used.ru_stime:.0f} s of CPU")


if __name__ == "__main__":
    main()
