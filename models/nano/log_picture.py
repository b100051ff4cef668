"""A loss curve as a picture. Command: python log_picture.py RUN/log.jsonl loss.svg"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

WIDTH, HEIGHT, MARGIN = 640, 320, 48
LOSSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
INK, LINE, CURVE = "#57606a", "#d0d7de", "#0969da"


def picture(log: Path) -> str:
    """Loss over tokens, the loss on a logarithmic scale, as SVG."""
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    most = max(row["tokens"] for row in rows)
    low, high = min(row["loss"] for row in rows), max(row["loss"] for row in rows)

    def across(tokens: float) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * tokens / most

    def down(loss: float) -> float:
        share = math.log(loss / low) / math.log(high / low)
        return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12" fill="{INK}">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for loss in LOSSES:
        if low <= loss <= high:
            y = down(loss)
            parts.append(f'<path d="M{MARGIN} {y:.1f}H{WIDTH - MARGIN}" stroke="{LINE}"/>')
            at = f'x="{MARGIN - 8}" y="{y + 4:.1f}" text-anchor="end"'
            parts.append(f"<text {at}>{loss:g}</text>")
    step = 5_000_000
    for tokens in range(0, most + 1, step):
        x, y = across(tokens), HEIGHT - MARGIN + 18
        parts.append(f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{tokens // 1_000_000}</text>')
    points = " ".join(f"{across(row['tokens']):.1f},{down(row['loss']):.1f}" for row in rows)
    parts.append(f'<polyline points="{points}" fill="none" stroke="{CURVE}" stroke-width="1.5"/>')
    middle = WIDTH / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 12}" text-anchor="middle">million tokens</text>')
    parts.append(f'<text x="{MARGIN}" y="24">loss of a token, mean of 20 steps</text>')
    return "\n".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(picture(Path(sys.argv[1])), encoding="utf-8")
