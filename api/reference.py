"""``/docs``: the OpenAPI document as one plain page, which needs no script and no network.

FastAPI's own page loads its scripts from a public server, so it is blank offline.
"""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.html import shown

router = APIRouter(include_in_schema=False)
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 54rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font: 14px/1.4 ui-monospace, monospace }
pre { background: #f4f4f5; padding: .75rem; overflow-x: auto }
h3 { margin-top: 2.5rem; overflow-wrap: anywhere } b { display: inline-block; min-width: 4.5rem }
nav { columns: 22rem 2; font-size: .92em } nav code { display: block; font-size: .82em }
nav a { display: block; break-inside: avoid; padding: .15rem 0; text-decoration: none }
p, td { overflow-wrap: anywhere } table { display: block; overflow-x: auto }
td { padding: .15rem 1rem .15rem 0; vertical-align: top }
@media (prefers-color-scheme: dark) { body { background: #18181b; color: #e4e4e7 }
  pre { background: #27272a } a { color: #93c5fd } }
"""


@router.get("/docs", response_class=HTMLResponse)
def docs(request: Request) -> HTMLResponse:
    """Show every operation with its parameters, an example and its errors."""
    return shown(page(request.app.openapi()))


def page(document: dict[str, Any]) -> str:
    """Write an OpenAPI document as HTML."""
    info = document["info"]
    told = "".join(f"<p>{_prose(part)}</p>" for part in info["description"].split("\n\n"))
    body = "".join(_operation(*found) for found in _operations(document))
    index = "".join(_entry(*found) for found in _operations(document))
    title = escape(info["title"])
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
        f"<meta name=viewport content='width=device-width'><style>{STYLE}</style>"
        f"<h1>{title}</h1>{told}"
        f"<p>For machines: <a href=/openapi.json>openapi.json</a>.</p>"
        f"<nav aria-label=Operations>{index}</nav>{body}</html>"
    )


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _entry(method: str, path: str, operation: dict[str, Any]) -> str:
    anchor, summary = escape(operation["operationId"]), escape(operation["summary"])
    return f"<a href=#{anchor}>{summary} <code>{method} {escape(path)}</code></a>"


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    told = "".join(f"<p>{_prose(part)}</p>" for part in operation["description"].split("\n\n"))
    anchor = escape(operation["operationId"])
    errors = ", ".join(sorted(s for s in operation["responses"] if s >= "400"))
    return (
        f"<h3 id={anchor}><b>{method}</b> <code>{escape(path)}</code></h3>"
        f"<p><strong>{escape(operation['summary'])}.</strong></p>{told}"
        f"{_parameters(operation)}{_examples(operation)}<p>Errors: {errors or 'none'}.</p>"
    )


def _parameters(operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(p['name'])}</code><td>{escape(p['in'])}"
        f"<td>{_prose(p.get('description') or p['schema'].get('description', ''))}"
        for p in operation.get("parameters", ())
    )
    return f"<table>{rows}</table>" if rows else ""


def _examples(operation: dict[str, Any]) -> str:
    contents = operation.get("requestBody", {}).get("content", {}).values()
    examples = [e["value"] for content in contents for e in content.get("examples", {}).values()]
    return "".join(f"<pre>{escape(json.dumps(example, indent=2))}</pre>" for example in examples)


def _prose(text: str) -> str:
    """Show words between backticks as code."""
    pieces = escape(" ".join(text.split())).split("`")
    return "".join(f"<code>{piece}</code>" if n % 2 else piece for n, piece in enumerate(pieces))
