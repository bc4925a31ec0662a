"""Splink beside Liangdi on one normalised table: `measure.py DIR`, where `liangdi bench accuracy --out DIR` left it.
`train DIR` writes the model, `run DIR` scores and clusters with it; each is a process of its own, so that times and
memory are its own."""

import csv
import json
import resource
import sys
import time
from pathlib import Path

import duckdb
from splink import DuckDBAPI, Linker

import model
import score

# Weights below are not even looked at.
WEIGHT_MIN = -4.0

TABLE = """
create table profiles as
select profile, document as kind, nullif(number, '') as number,
    case when length(number) = 18 and document != 'other' then substr(number, 7, 11) end as number_tail,
    nullif(name, '') as name, nullif(name_sound, '') as name_sound, nullif(birth, '') as birth, nullif(sex, '') as sex,
    nullif(phone, '') as phone, nullif(household, '') as household,
    case when length(household) >= 6 then left(household, 6) end as household_county,
    nullif(living, '') as living, nullif(address, '') as address,
    nullif(left(coalesce(nullif(living, ''), met_in), 4), '') as area
from read_csv(?, all_varchar = true, header = true)"""


def prepare(folder, settings):
    connection = duckdb.connect()
    connection.execute(TABLE, [str(folder / "profiles.csv")])
    return Linker("profiles", settings, DuckDBAPI(connection=connection), set_up_basic_logging=False)


def train(folder):
    began = time.perf_counter()
    linker = prepare(folder, model.settings())
    model.train(linker)
    linker.misc.save_model_to_json(str(folder / "splink.json"), overwrite=True)
    return {"train_s": time.perf_counter() - began}


def run(folder):
    marks = [time.perf_counter()]
    linker = prepare(folder, str(folder / "splink.json"))
    marks.append(time.perf_counter())
    predictions = linker.inference.predict(threshold_match_weight=WEIGHT_MIN)
    marks.append(time.perf_counter())
    linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, threshold_match_weight=10)
    marks.append(time.perf_counter())
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    with open(folder / "appearances.csv", newline="") as file:
        appearances = [(row["profile"], row["human"]) for row in csv.DictReader(file)]
    columns = "match_weight, profile_l, profile_r"
    edges = predictions.as_duckdbpyrelation().project(columns).fetchall()
    rows = score.curve(appearances, edges)
    best = max(rows, key=lambda row: row[3])
    clean = max((row for row in rows if row[4] == 0), key=lambda row: row[3], default=None)
    names = ("threshold", "precision", "recall", "f1", "false_merges")
    return {
        "pairs": len(edges),
        "best": dict(zip(names, best)),
        "best_without_false_merge": clean and dict(zip(names, clean)),
        "prepare_s": marks[1] - marks[0],
        "predict_s": marks[2] - marks[1],
        "cluster_s": marks[3] - marks[2],
        "total_s": marks[3] - marks[0],
        "peak_mb": peak_mb,
    }


if __name__ == "__main__":
    step, folder = {"train": train, "run": run}[sys.argv[1]], Path(sys.argv[2])
    print(json.dumps(step(folder)))
