"""How Celery is set: queues, limits, and what each broker needs."""

from collections.abc import Mapping

from kombu import Exchange
from kombu import Queue as CeleryQueue

from settings import GRACE_SECONDS, Settings
from storage.queues import Queue
from workers.themes_work import EMERGE_S

DRAIN = "throughline.drain"
SWEEP = "throughline.sweep"
TIDY = "throughline.tidy"
THEMES = "throughline.themes"
EMERGE = "throughline.emerge"
SWEEP_EVERY_S = 10.0
HINT_EXPIRES_S = SWEEP_EVERY_S
"""By then who was busy has looked for more by itself, or the sweep hints again."""
CLOCK_EXPIRES_S = 60.0
"""At least: the clock's word stands behind hints, which are worked on or expire meanwhile."""
TIDY_EVERY_S = 600.0
HEARTBEAT_S = 15
"""RabbitMQ: a connection that is silent for two of these is lost."""
REDIS_CHECK_S = 10
"""Redis: a connection that does not answer for about two of these is dropped and made anew."""


def queue_name(queue: Queue) -> str:
    """Give the name that a queue has in the broker."""
    return f"throughline.{queue}"


def configuration(settings: Settings) -> dict[str, object]:
    """Set Celery for the broker that the settings name.

    There is no message priority: who takes a message claims the most urgent work that it may
    take, whatever the message was sent for.
    """
    exchange = Exchange("throughline", "direct")
    names = [queue_name(queue) for queue in Queue]
    return {
        "accept_content": ["json"],
        "task_serializer": "json",
        "task_ignore_result": True,
        "task_default_queue": queue_name(Queue.LIVE),
        # By its own key: with Celery's default all would get the messages of the first.
        "task_queues": [CeleryQueue(name, exchange, routing_key=name) for name in names],
        "task_routes": {THEMES: {"queue": queue_name(Queue.THEMES)}},
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_soft_time_limit": settings.task_seconds,
        "task_time_limit": settings.task_seconds + GRACE_SECONDS,
        "task_publish_retry": False,
        "worker_prefetch_multiplier": 1,
        # A new process has so long to come up, also on a machine that is busy.
        "worker_proc_alive_timeout": 60.0,
        "worker_hijack_root_logger": False,
        "worker_max_memory_per_child": settings.worker_memory_mb * 1024,
        "worker_enable_remote_control": False,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "broker_connection_timeout": 3.0,
        "broker_connection_retry_on_startup": True,
        # Celery gives up after 100 tries, which is an hour; a broker may be away for longer.
        "broker_connection_max_retries": None,
        "broker_heartbeat": HEARTBEAT_S,
        "broker_transport_options": _transport(settings),
        "enable_utc": True,
        "beat_schedule": _schedule(),
    }


# The clock keeps one connection for its life; only a retry makes it a new one once that is lost.
AGAIN = {
    "retry": True,
    "retry_policy": {
        "max_retries": 3,
        "interval_start": 0.0,
        "interval_step": 1.0,
        "interval_max": 2.0,
    },
}


def _schedule() -> Mapping[str, object]:
    every = {SWEEP: SWEEP_EVERY_S, TIDY: TIDY_EVERY_S, EMERGE: EMERGE_S}
    return {
        task: {
            "task": task,
            "schedule": seconds,
            "options": {"expires": max(seconds, CLOCK_EXPIRES_S), **AGAIN},
        }
        for task, seconds in every.items()
    }


def _transport(settings: Settings) -> dict[str, object]:
    assert settings.broker_url is not None
    # Who sends a hint tries twice; who serves the queue tries on for ever.
    tries = {"max_retries": 1, "interval_start": 0.0, "interval_step": 0.1, "interval_max": 0.1}
    if settings.broker_url.get_secret_value().startswith("amqp"):
        return {**tries, "confirm_publish": True}
    return {
        **tries,
        "visibility_timeout": settings.visibility_seconds,
        "queue_order_strategy": "priority",
        "socket_connect_timeout": 3.0,
        "socket_keepalive": True,
        # Without these a worker waits for ever on a connection that swallows what is sent.
        "socket_timeout": REDIS_CHECK_S,
        "health_check_interval": REDIS_CHECK_S,
    }
