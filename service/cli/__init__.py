"""The command line: `app`, to which each file of this package adds its one command.

Exit codes everywhere: 0 done, 1 refused or findings, 2 unusable input.
"""

import typer

DONE = 0
REFUSED = 1
UNUSABLE = 2

app = typer.Typer(
    name="dualtrack",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def group() -> None:
    """Dual career ladders, who stands where on them at any date, and signed webhooks that tell payroll."""
