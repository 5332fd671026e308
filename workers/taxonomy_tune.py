"""Tuning a top for an own taxonomy: what the command line and the worker of jobs both do."""

import re
from collections.abc import Sequence

from nlp.models import locate
from nlp.own.labels import Labelled
from nlp.own.model import TaxonomyError
from nlp.tops import Adapter
from settings import Settings
from workers.taxonomy_telling import Tell

_STEP = re.compile(r"step (\d+)/(\d+)")


def tuned(settings: Settings, examples: Sequence[Labelled], tell: Tell) -> Adapter:
    """Tune a top on examples without identifiers. Repeated it gives the same top.

    Raises
    ------
    TaxonomyError
        If the ``train`` extra is not installed, or there is too little to learn from.
    """
    if not examples:
        raise TaxonomyError("tuning learns from examples: descriptions alone are not enough")
    try:
        import torch

        from nlp.own.tune import tune
    except ModuleNotFoundError as error:
        raise TaxonomyError(
            f"tuning needs {error.name}: install the extra with `pip install -e .[train]`"
        ) from error
    if settings.threads:
        torch.set_num_threads(settings.threads)

    def hear(line: str) -> None:
        said = _STEP.match(line)
        if said:
            tell("tuning", int(said[1]), int(said[2]))

    tell("tuning", 0, 1)
    return tune(locate(settings.encoder), examples, hear)
