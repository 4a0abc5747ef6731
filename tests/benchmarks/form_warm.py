"""A form of two pages, warm: CPU of the whole and the share of the QR code in it.

    python tests/benchmarks/form_warm.py [ROUNDS]

Prints milliseconds of CPU, and the same-run ratio of the QR encoder to the whole; the goal is
100 ms or less for the form.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from desktop.base.paths import resource
from desktop.printing import preview
from desktop.printing.compose import PrintMarks, render_content
from desktop.printing.fonts import Fonts
from desktop.printing.qr import qr_boxes
from tests.helpers.factories.mediation import make_agreement

MARKS = PrintMarks("青石乡派出所", "石桥村警务室", False, "3B1F0C9A", "3b1f0c9ad27e4b6f8e1d5a7c90f2e3d4")


def cpu_ms(work: Callable[[], object]) -> float:
    """CPU milliseconds of one call."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def main(rounds: int) -> None:
    """Interleaved rounds, medians."""
    fonts, content = Fonts.load(resource("fonts")), make_agreement()
    first = render_content(content, MARKS, fonts)
    forms, codes = [], []
    for _round in range(rounds):
        forms.append(cpu_ms(lambda: render_content(content, MARKS, fonts)))
        codes.append(
            cpu_ms(lambda: qr_boxes(f"JW1:{MARKS.code}:{MARKS.content_hash[:16].upper()}", 0, 0, 37))
        )
    whole, code = statistics.median(forms), statistics.median(codes)
    found = {
        "pages": preview.page_count(first),
        "bytes": len(first),
        "form_ms": round(whole, 1),
        "qr_ms": round(code, 1),
        "qr_share": round(code / whole, 2),
        "same_bytes": render_content(content, MARKS, fonts) == first,
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
