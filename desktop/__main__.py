"""Arguments to bootstrap, or to the self-check; nothing else."""

from __future__ import annotations

import sys

from desktop.bootstrap import run


def main() -> int:
    """The program; its exit status."""
    if sys.argv[1:2] == ["--self-check"] and len(sys.argv) == 3:
        # Everything that can be wrong with a PC is imported there; an ordinary start must not pay for it.
        from desktop.self_check import run_self_check  # noqa: PLC0415

        return run_self_check(sys.argv[2])
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
