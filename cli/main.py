"""``throughline …``: finds the command's module and runs it."""

import importlib
import sys
from typing import Any

import typer
from pydantic import ValidationError
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from cli.console import problems

COMMANDS = {
    "demo": "Run the main job on the sample and tell what came out",
    "ingest": "Read exports into the database and tag them",
    "tag": "Tag texts: JSON lines in, signals out, no database",
    "intents": "Train and use your own intent taxonomies",
    "themes": "Find recurring reasons for contact",
    "journeys": "List journeys, or tell one as a timeline",
    "types": "Which kinds of journeys there are, and how the mix drifts",
    "lenses": "Where journeys stall, which paths go badly, and who works hardest",
    "foretell": "What comes next in open journeys or cases of a log, and the time left",
    "context": "What an agent needs to know about a customer, in one look",
    "serve": "Start the API",
    "up": "Start the API, workers and clock, and keep them running",
    "worker": "Serve the work queue of a broker",
    "work": "Do the pending work here and now",
    "retag": "Read again with a new version: see what changes, then apply it",
    "definitions": "Define journeys, see their maps, and put event names in order",
    "mine": "Find the paths of an event log: XES or CSV in, tables and a page out",
    "analyse": "What brings customers back, what it costs, what a change did",
    "export": "Write signals, journeys and outcomes as Parquet and CSV",
    "db": "Create, upgrade or back up the database",
    "forget": "Erase a customer and all that was read of them",
    "keys": "Make and withdraw API keys",
    "models": "Build and show the models",
    "train": "Train the encoder's tuned top and the shipped heads from labelled data",
}
"""Name and one line of each command; the module ``cli.<name>`` holds it."""


class LazyGroup(TyperGroup):
    """Imports a command's module when it is called, so that help and short commands are fast."""

    _listing = False

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401
        """Give the commands in the order people need them."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
        """Load one command; while listing, a name and a line are enough."""
        if cmd_name not in COMMANDS:
            return None
        if self._listing:
            return TyperCommand(cmd_name, help=COMMANDS[cmd_name])
        return get_command(importlib.import_module(f"cli.{cmd_name}").app)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the help page without importing any command."""
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False


app = typer.Typer(
    cls=LazyGroup,
    help="Throughline reads support conversations and tells how often the customer had to ask.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def root() -> None:
    """Throughline reads support conversations and tells how often the customer had to ask."""


def main() -> None:
    """Run the command line; a mistake in the settings is told, not traced."""
    try:
        app()
    except ValidationError as error:
        if error.title != "Settings":
            raise
        for problem in error.errors(include_input=False, include_url=False):
            name = "_".join(str(part) for part in problem["loc"]).upper()
            problems.print(f"THROUGHLINE_{name}: {problem['msg']}")
        sys.exit(2)
