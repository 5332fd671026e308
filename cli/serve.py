"""``throughline serve``: the API."""

from typing import Annotated

import typer
from typer import Option

from api.serve import serve as serve_api
from cli.console import problems
from cli.open import ensure_models
from settings import Settings

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    host: Annotated[str, Option(help="Address to listen on")] = "127.0.0.1",
    port: Annotated[int, Option(min=0, max=65535)] = 8000,
) -> None:
    """Start the API. Without a broker, the work is done in this process too."""
    settings = Settings()
    ensure_models(settings)
    problems.print(f"http://{host}:{port}/docs describes the API; stop with Ctrl-C")
    serve_api(settings, host, port)
