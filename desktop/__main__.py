"""Arguments to bootstrap; nothing else."""

from __future__ import annotations

import sys

from desktop.bootstrap import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
