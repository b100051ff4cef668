"""Entry point of the `mathcli` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:  # without importing anything that takes time
        from mathcli import __version__

        print(f"mathcli {__version__}")
        return
    try:
        from mathcli.cli.app import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while the imports run
        print("mathcli: interrupted", file=sys.stderr)
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
