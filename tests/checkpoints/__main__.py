"""Gets published checkpoints for tests and benchmarks.

    python -m tests.checkpoints [--or-skip] [NAME …]

Without a name it gets the two small ones that the tests use, with `all` every one. Files are kept
in `$XDG_CACHE_HOME/mathcli-tests/checkpoints`, or where MATHCLI_TEST_CHECKPOINTS says; what is
there is not downloaded again. pip's own settings hold: with PIP_NO_INDEX=1 and
PIP_FIND_LINKS=FOLDER the packages come from a folder. With `--or-skip` a checkpoint that cannot be
had is said and no error: its tests are skipped.
"""

from __future__ import annotations

import argparse
import time

from tests.checkpoints import CHECKPOINTS, SMALL
from tests.checkpoints.getting import Unusable, get


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.checkpoints",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    known = [*CHECKPOINTS, "all"]
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    parser.add_argument("--or-skip", action="store_true")
    options = parser.parse_args()
    for name in options.names:
        if name not in known:
            parser.error(f"there is no checkpoint {name}; there are {', '.join(known)}")
    names = CHECKPOINTS if "all" in options.names else options.names or SMALL
    for name in names:
        began = time.monotonic()
        try:
            print(get(CHECKPOINTS[name]), f"({time.monotonic() - began:.0f} s)", flush=True)
        except (Unusable, OSError) as error:
            if not options.or_skip:
                raise SystemExit(f"{name}: {error}") from None
            print(f"{name} is not here, its tests are skipped: {error}", flush=True)


if __name__ == "__main__":
    main()
