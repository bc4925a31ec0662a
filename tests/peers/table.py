"""One table and one JSON object out of what `run` measured."""

import json
import sys
from pathlib import Path

work, began, ended = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
ours = json.loads((work / "liangdi.json").read_text())
splink = json.loads((work / "splink.json").read_text())
train = json.loads((work / "train.json").read_text())
found, best = ours["found"], splink["best"]
rows = [
    ("pairwise precision", f"{found['precision']:.5f}", f"{best['precision']:.5f}"),
    ("pairwise recall", f"{found['recall']:.5f}", f"{best['recall']:.5f}"),
    ("pairwise F1", f"{found['f1']:.5f}", f"{best['f1']:.5f}"),
    ("persons that hold two humans", found["false_merges"], best["false_merges"]),
    ("threshold, bits of match weight", "", best["threshold"]),
    ("F1 without a false merge", "", f"{(splink['best_without_false_merge'] or {}).get('f1', 0):.5f}"),
    ("rehearse | prepare, predict, cluster, s", f"{ended - began:.1f}", f"{splink['total_s']:.1f}"),
    ("peak memory, MB", f"{ours['peak_mb']:.0f}", f"{splink['peak_mb']:.0f}"),
    ("training, s", "", f"{train['train_s']:.1f}"),
]
print(f"{'':42}{'Liangdi':>12}{'Splink, best':>14}")
for name, one, other in rows:
    print(f"{name:42}{one:>12}{other:>14}")
print(json.dumps({"liangdi": ours, "rehearse_s": ended - began, "splink": {**splink, **train}}))
