"""Another encoder by configuration: what was fitted on the default one is left out, and says so."""

from dataclasses import replace
from pathlib import Path

from domain.signal import AbstainReason, SignalKind, SubjectKind
from nlp.about import about
from nlp.encoder import Encoder
from nlp.models import build
from nlp.own.fit import fit_examples
from nlp.tagger import Tagger, TaggerConfig
from nlp.vectors import NoCache, Vectors
from tests.nlp.conftest import Talk

EXAMPLES = [
    *[(text, "parcel") for text in ("where is my parcel", "my parcel", "the parcel is where")],
    *[(text, "refund") for text in ("my refund is bad", "the refund", "where is the refund")],
]


def test_another_encoder_serves_own_taxonomies(
    config: TaggerConfig, distilbert: Path, tmp_path: Path, talk: Talk
) -> None:
    build(tmp_path / "models", str(distilbert))
    other = replace(config, model_dir=tmp_path / "models", encoder=str(distilbert))
    encoder = Encoder.load(other.model_dir, other.encoder, threads=1)
    taxonomy = fit_examples(Vectors(encoder, NoCache()), "small", EXAMPLES)

    tagger = Tagger.load(other)
    assert {"intents", "sentiment", "resolution and satisfaction"} <= set(tagger.left_out)
    tagger.own = (taxonomy,)
    (tagged,) = tagger.tag([talk(("customer", "where is my parcel"))])

    own = [s for s in tagged.signals if s.own_taxonomy == "small"]
    assert {s.subject_kind for s in own} == {SubjectKind.TURN, SubjectKind.CONVERSATION}
    moods = [s for s in tagged.signals if s.kind is SignalKind.SENTIMENT]
    assert moods
    assert all(s.abstained and s.reason is AbstainReason.NO_HEAD for s in moods)
    assert not [s for s in tagged.signals if s.kind is SignalKind.RESOLUTION]
    assert tagged.space == encoder.model.space

    told = about(other.model_dir, other.encoder)
    assert {head.state for head in told.heads} == {"left_out"}
    assert all(tagged.space in (head.reason or "") for head in told.heads)


def test_the_shipped_heads_fit_the_default_encoder(tagger: Tagger) -> None:
    assert tagger.left_out == ()
