"""`dualtrack` and `python -m service`: gathers the commands and turns unusable settings into exit code 2."""

import gc
import importlib
import pkgutil
import sys

from service import cli
from service.domain.refusals import Refused, Unavailable
from service.settings import SettingsError


def main() -> None:
    # A file in cli/ is a command: nothing to list here, and nothing to forget. One that is named is imported
    # alone, so that a health check does not load what the service is made of.
    # Collecting garbage while modules load finds none and takes a fifth of the start.
    gc.disable()
    commands = sorted(module.name for module in pkgutil.iter_modules(cli.__path__) if not module.ispkg)
    named = [argument.replace("-", "_") for argument in sys.argv[1:2]]
    for command in [name for name in commands if name in named] or commands:
        importlib.import_module(f"{cli.__name__}.{command}")
    gc.freeze()
    gc.enable()
    try:
        cli.app()
    except Refused as refused:
        print(f"dualtrack: {refused.detail}", file=sys.stderr)
        sys.exit(cli.UNUSABLE if isinstance(refused, Unavailable) else cli.REFUSED)
    except SettingsError as error:
        for problem in error.problems:
            print(f"dualtrack: {problem}", file=sys.stderr)
        sys.exit(cli.UNUSABLE)


if __name__ == "__main__":
    main()
