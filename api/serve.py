"""Serve the application over HTTP."""

import uvicorn
from fastapi import FastAPI

from api import logs
from api.app import create_app
from settings import Settings

SHUTDOWN_SECONDS = 30


def serve(settings: Settings, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve until told to stop; log lines go to standard error as JSON.

    Parameters
    ----------
    settings : Settings
        What the operator set.
    host, port : str, int
        Where to listen.
    """
    logs.configure(settings.log_format)
    server(create_app(settings), host, port).run()


def server(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    """Make the server of an application, not yet started.

    Its own access log stays off: the lines would hold query strings with identifiers.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    return uvicorn.Server(config)
