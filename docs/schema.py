"""Writes `docs/transcript.schema.json`, the JSON Schema of transcripts, from their dataclasses.

python docs/schema.py            # write it
python docs/schema.py --check    # fail where it differs from the program
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from mathcli.solving.transcript import SCHEMA, Transcript

FILE = Path(__file__).with_name("transcript.schema.json")


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of what `Transcript.record` returns; further keys are allowed."""
    made = TypeAdapter(Transcript).json_schema()
    made["properties"]["schema"] = {"const": SCHEMA, "description": "The version of this schema."}
    made["required"] = ["schema", *made["required"]]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_plain(made)}


def _plain(node: Any) -> Any:
    """Without titles, which repeat the keys, and with descriptions on one line."""
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _plain(value) for key, value in node.items() if key != "title"}
    if isinstance(kept.get("description"), str):
        kept["description"] = " ".join(kept["description"].split())
    return kept


def main() -> int:
    """Write the file, or compare it; return the exit code."""
    made = json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"
    if "--check" not in sys.argv[1:]:
        FILE.write_text(made, encoding="utf-8")
        return 0
    kept = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    if kept != made:
        print("docs/transcript.schema.json differs from the program: run python docs/schema.py")
    return int(kept != made)


if __name__ == "__main__":
    raise SystemExit(main())
