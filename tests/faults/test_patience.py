"""Worker and clock outlast their broker, however long that is away."""

from socket import SHUT_RDWR

from pydantic import SecretStr

from settings import Settings
from tests.faults.servers import RabbitMQ
from workers.app import SWEEP, make_app


def test_a_worker_never_gives_up_on_its_broker() -> None:
    settings = Settings(broker_url=SecretStr("redis://127.0.0.1:1/0"))
    with make_app(settings) as app:
        assert app.conf.broker_connection_retry
        assert not app.conf.broker_connection_max_retries, "0 or None: no last try"


def test_the_clock_goes_on_after_its_connection_was_lost(rabbitmq: RabbitMQ) -> None:
    settings = Settings(broker_url=SecretStr(rabbitmq.url()))
    with make_app(settings) as app:
        task, sent = app.tasks[SWEEP], app.conf.beat_schedule[SWEEP]["options"]
        with app.connection_for_write() as connection:
            # As the clock does it: one producer for its whole life.
            producer = app.amqp.Producer(connection)
            task.apply_async(producer=producer, **sent)
            producer.channel.connection.transport.sock.shutdown(SHUT_RDWR)
            task.apply_async(producer=producer, **sent)
