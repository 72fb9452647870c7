#!/usr/bin/env python3
"""The peers of bench_io: makes the tables, and times astropy, pandas and pyarrow on one thread, every value touched.

io_reference.py make FOLDER [ROWS COLUMNS]    table.parquet, table.fits, table.csv: float32 columns and an int64 id
io_reference.py time FOLDER [REPETITIONS]
"""
import pathlib
import statistics
import sys
import time

import numpy as np


def make(folder, rows=1_000_000, columns=64):
    import pandas
    import pyarrow
    import pyarrow.parquet
    from astropy.table import Table

    draw = np.random.default_rng(0)
    data = {"object_id": np.arange(rows, dtype=np.int64) + 1237648720693755904}
    for i in range(columns):
        data[f"m{i}"] = draw.normal(20.0, 2.0, rows).astype(np.float32)
    pyarrow.parquet.write_table(pyarrow.table(data), folder / "table.parquet")
    Table(data).write(folder / "table.fits", overwrite=True)
    pandas.DataFrame(data).to_csv(folder / "table.csv", index=False)


def touch_numpy(columns):
    return sum(float(np.asarray(c, dtype=np.float64).sum()) for c in columns)


def read_parquet(path):
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path, use_threads=False)
    return touch_numpy(table.column(i).to_numpy() for i in range(table.num_columns))


def read_fits(path):
    from astropy.table import Table

    table = Table.read(path, memmap=False)
    return touch_numpy(table[name] for name in table.colnames)


def read_csv(path):
    import pandas

    frame = pandas.read_csv(path, engine="c")
    return touch_numpy(frame[name] for name in frame.columns)


def main():
    verb, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    numbers = [int(word) for word in sys.argv[3:]]
    if verb == "make":
        make(folder, *numbers)
        return
    for name, read in (("table.parquet", read_parquet), ("table.fits", read_fits), ("table.csv", read_csv)):
        seconds = []
        for _ in range(numbers[0] if numbers else 5):
            begin = time.perf_counter()
            total = read(folder / name)
            seconds.append(time.perf_counter() - begin)
        print(f"{read.__name__}: median {statistics.median(seconds):.3f} s, least {min(seconds):.3f} s, "
              f"most {max(seconds):.3f} s (sum {total:.9g})", flush=True)


if __name__ == "__main__":
    main()
