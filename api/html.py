"""Pages for people: one file each, which may load nothing."""

from fastapi.responses import HTMLResponse

from workers.mart_state import older_at

POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


def shown(text: str) -> HTMLResponse:
    """Answer with a page; it says so where its tables are not of now."""
    if (at := older_at()) is not None:
        note = (
            f'<p role="status">As of {at:%-d %B %Y, %H:%M} (UTC): very much has changed since. '
            "Load this page again in some minutes.</p>"
        )
        text = text.replace("<body>", f"<body>\n{note}", 1)
    return HTMLResponse(text, headers=POLICY)
