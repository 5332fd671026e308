"""Pages for people: one file each, which may load nothing."""

from fastapi.responses import HTMLResponse

POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


def shown(text: str) -> HTMLResponse:
    """Answer with a page."""
    return HTMLResponse(text, headers=POLICY)
