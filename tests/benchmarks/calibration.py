"""When programs beat words, learned by `mathcli calibrate`: its table, kept as a result.

    python -m tests.benchmarks.calibration [--model FILE --data FILE] [--problems 300]
        [--rollouts 4]

Without a model it is the embedded one, on fresh problems of its own kinds. The rollouts go to a
file in the folder `runs` (or the one that MATHCLI_TEST_RUNS names): started again, it goes on. The
rows go to `docs/results/calibration-MODEL.json`.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from mathcli.resources import embedded_model
from tests.benchmarks.evaluations import RESULTS, RUNS, digest, processor, write
from tests.benchmarks.strategies import write_problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--data", type=Path, help="problems with answers")
    parser.add_argument("--problems", type=int, default=300)
    parser.add_argument("--rollouts", type=int, default=4)
    parser.add_argument("--words", default="", help="further options of mathcli calibrate")
    options = parser.parse_args()
    model = options.model or embedded_model()
    with tempfile.TemporaryDirectory() as folder:
        data = options.data
        if data is None:
            data = Path(folder) / "fresh.jsonl"
            write_problems(data, options.problems)
        asked = ["--limit", str(options.problems), "--rollouts", str(options.rollouts)]
        asked += options.words.split()
        command = [sys.executable, "-m", "mathcli", "calibrate", str(model), str(data), *asked]
        RUNS.mkdir(parents=True, exist_ok=True)
        out = RUNS / f"calibration-{model.stem}-{data.stem}.jsonl"
        done = subprocess.run(
            [*command, "-o", str(out), "--json"],
            stdout=subprocess.PIPE,
            env=os.environ | {"OMP_WAIT_POLICY": "passive"},
            check=True,
        )
        learned = json.loads(done.stdout)
        run = {
            "name": data.stem,
            "command": " ".join(["mathcli calibrate", model.name, data.name, *asked]),
            "model": {"file": model.name, "sha256": digest(model)},
            "data": {"file": data.name, "sha256": digest(data)},
            "date": datetime.date.today().isoformat(),
            "processor": processor(),
            "problems": learned["problems"],
            **learned["report"],
        }
    print(write(RESULTS / f"calibration-{model.stem}.json", [run]))


if __name__ == "__main__":
    main()
