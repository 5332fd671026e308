"""A live taxonomy tags with the real model, beside the general one, from one encoder pass."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from domain.base import now
from domain.conversation import Channel, Conversation, Role, Turn
from domain.signal import SignalKind, SubjectKind
from nlp.models import build
from settings import Settings
from storage.database import Database
from workers import taxonomy_refit, taxonomy_registry
from workers.model import load_tagger

EXAMPLES = [
    (text, label)
    for label, texts in {
        "flat_tyre": ["my bike has a flat tyre", "the tyre lost all its air", "nail in my tyre"],
        "brakes": ["the brakes squeal", "my brake does not grip", "the brake lever is loose"],
    }.items()
    for text in texts
]
CONVERSATION = Conversation(
    source="test",
    source_id="1",
    channel=Channel.CHAT,
    started_at=now(),
    turns=(
        Turn(role=Role.CUSTOMER, text="Hello!"),
        Turn(role=Role.CUSTOMER, text="The brake on my bike squeals. The front tyre is flat too."),
    ),
)


@pytest.mark.slow
def test_its_labels_stand_beside_the_general_ones_until_it_is_taken_out(tmp_path: Path) -> None:
    url = SecretStr(f"sqlite:///{tmp_path / 'test.db'}")
    settings = Settings(_env_file=None, database_url=url, threads=1)
    build(settings.model_dir, settings.encoder)
    database = Database(url.get_secret_value())
    database.upgrade()
    tagger = load_tagger(settings, database)
    bundle = taxonomy_refit.fit_bundle(tagger.vectors, "bikes", EXAMPLES)
    version = taxonomy_registry.register(database, bundle)
    (plain,) = tagger.tag([CONVERSATION])
    assert all(signal.own_taxonomy is None for signal in plain.signals)
    before = tagger.version

    taxonomy_registry.go_live(database, version, tagger.space, "ann")
    tagger.follow(database)
    (tagged,) = tagger.tag([CONVERSATION])
    own = [s for s in tagged.signals if s.taxonomy == f"bikes@{version.version}"]
    general = tuple(s for s in tagged.signals if s.own_taxonomy is None)
    assert {s.kind for s in own} == {SignalKind.INTENT}
    whole = {s.label for s in own if s.subject_kind is SubjectKind.CONVERSATION}
    assert whole <= {"brakes", "flat_tyre"}
    assert whole
    assert CONVERSATION.turn_id(0) not in {s.subject_id for s in own}  # a greeting wants nothing
    assert general == plain.signals
    assert tagger.version != before

    taxonomy_registry.retire(database, "bikes", "ann")
    tagger.follow(database)
    assert tagger.version == before
    database.dispose()
