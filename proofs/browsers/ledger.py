#!/usr/bin/env python3
"""Writes agreements.json: what agree.py says of every pair of recordings of every scenario.

    python3 ledger.py

The Rust port of the comparison (proofs/src/agree) is tested against this file, so that the test needs
no Python. Pairs are: first against second recording of one browser, with and without --also, and one
browser against the other.
"""
import json
from pathlib import Path

import agree

HERE = Path(__file__).resolve().parent


def main():
    out = []
    for path in sorted((HERE / "scenarios").glob("*.json")):
        scenario = json.loads(path.read_text(encoding="utf-8"))
        traces = {}
        for folder in ("traces", "traces-again"):
            for browser in ("chromium", "firefox"):
                trace = HERE / folder / browser / path.name
                if trace.exists():
                    traces[f"{folder}/{browser}"] = agree.load(trace)
        for recorded, a in traces.items():
            for candidate, c in traces.items():
                if recorded == candidate:
                    continue
                other = recorded.replace("traces-again/", "traces/") if "again" in recorded else recorded.replace("traces/", "traces-again/")
                for also in (None, other):
                    if also is not None and also not in traces:
                        continue
                    diff, total = agree.differences(scenario, a, c, traces.get(also))
                    out.append({
                        "scenario": path.stem, "recorded": recorded, "candidate": candidate, "also": also,
                        "steps": total, "differ": [[step, ctx] for step, ctx, _, _ in diff],
                    })
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in out)
    (HERE / "agreements.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(out)} comparisons, {sum(bool(row['differ']) for row in out)} with differences")


if __name__ == "__main__":
    main()
