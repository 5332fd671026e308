"""A worker outlasts its broker, however long that is away."""

from pydantic import SecretStr

from settings import Settings
from workers.app import make_app


def test_a_worker_never_gives_up_on_its_broker() -> None:
    settings = Settings(broker_url=SecretStr("redis://127.0.0.1:1/0"))
    with make_app(settings) as app:
        assert app.conf.broker_connection_retry
        assert not app.conf.broker_connection_max_retries, "0 or None: no last try"
