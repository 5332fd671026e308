"""``GET /v1/models``: what texts are read with, in which versions."""

from typing import Annotated

from fastapi import Depends

from api.auth import Scope, require
from api.problems import declared
from api.routing import resource
from api.schemas.models import (
    ClassifierView,
    EncoderView,
    HeadView,
    ModelsView,
    TaxonomyView,
)
from api.state import State, state_of
from nlp.about import about
from nlp.taxonomy import general
from storage import taxonomies

router = resource("Models")


@router.get(
    "/models",
    operation_id="list_models",
    summary="What texts are read with",
    dependencies=[Depends(require(Scope.TAG, Scope.READ))],
    responses=declared(503),
)
def list_models(state: Annotated[State, Depends(state_of)]) -> ModelsView:
    """Give encoder, heads, rules and live taxonomies with their versions and origin.

    A shipped head serves, is replaced by a configured classifier, or is left out because it does
    not fit the encoder; `state` and `reason` say which.
    """
    version = state.model.version
    settings = state.settings
    found = about(
        settings.model_dir,
        settings.encoder,
        settings.weights,
        settings.precision,
        settings.heads,
    )
    shipped = general()
    with state.database.reading() as session:
        own = taxonomies.live(session)
        since = {t.name: next(iter(taxonomies.changes(session, t.name)), None) for t in own}
    return ModelsView(
        tagger=version,
        encoder=EncoderView.model_validate(found.encoder),
        heads=[HeadView.model_validate(head) for head in found.heads],
        classifiers=[ClassifierView.model_validate(one) for one in found.classifiers],
        rules=found.rules,
        taxonomies=[
            TaxonomyView(
                name=shipped.name,
                version=found.taxonomy.partition("@")[2],
                labels=len(shipped.intents) + len(shipped.acts),
                live_since=None,
            ),
            *(
                TaxonomyView(
                    name=taxonomy.name,
                    version=taxonomy.version,
                    labels=_count(taxonomy.description.get("labels")),
                    live_since=change.at if (change := since[taxonomy.name]) else None,
                )
                for taxonomy in own
            ),
        ],
    )


def _count(labels: object) -> int:
    return len(labels) if isinstance(labels, list | dict) else 0
