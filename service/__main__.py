"""`dualtrack` and `python -m service`: gathers the commands and turns unusable settings into exit code 2."""

import importlib
import pkgutil
import sys

from service import cli
from service.settings import SettingsError


def main() -> None:
    # A file in cli/ is a command: nothing to list here, and nothing to forget.
    for command in sorted(module.name for module in pkgutil.iter_modules(cli.__path__)):
        importlib.import_module(f"{cli.__name__}.{command}")
    try:
        cli.app()
    except SettingsError as error:
        for problem in error.problems:
            print(f"dualtrack: {problem}", file=sys.stderr)
        sys.exit(cli.UNUSABLE)


if __name__ == "__main__":
    main()
