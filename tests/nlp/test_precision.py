"""Number formats: chosen by the processor or by the operator, and what heads make of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from nlp.heads import load_head
from nlp.models import ModelError, build, find
from nlp.precision import plain, trunk_of, twin_of
from nlp.quantize import calibration_texts
from nlp.shipped import Shipped
from nlp.tagger import WEIGHTS, Tagger, TaggerConfig
from nlp.vectors import NoCache
from tests.nlp.conftest import Talk
from tests.nlp.test_models import tiny_model


def test_int8_has_to_be_asked_for(config: TaggerConfig) -> None:
    assert find(config.model_dir, config.encoder).precision == plain()
    assert find(config.model_dir, config.encoder, precision="int8").precision == "int8"


def test_an_encoder_without_int8_form_says_so(tmp_path: Path) -> None:
    source = tiny_model(tmp_path / "tiny")
    with pytest.raises(ModelError, match="THROUGHLINE_PRECISION"):
        build(tmp_path / "models", str(source), precision="int8")
    assert find(tmp_path / "models", str(source)).precision in {"bf16", "f32"}


def test_spaces_of_one_trunk_know_each_other() -> None:
    assert trunk_of("a@1.1-int8+signals@2") == "a@1.1+signals@2"
    assert twin_of("a@1.1+signals@2", ["a@1.1-int8", "a@1.1-int8+signals@2"]).endswith(
        "8+signals@2"
    )
    assert twin_of("a@1.1", ["b@1.1-int8"]) == "a@1.1"


def test_shipped_heads_serve_every_precision_under_one_version(config: TaggerConfig) -> None:
    for wanted in ("int8", "bf16", "f32"):
        model = find(config.model_dir, config.encoder, precision=wanted)
        assert Shipped.load(WEIGHTS, model.tops).left_out == ()
    head = load_head(WEIGHTS, "sentiment")
    assert head.version == replace(head, space=trunk_of(head.space)).version


def test_the_tagger_says_in_its_version_what_it_computed_in(
    config: TaggerConfig, talk: Talk
) -> None:
    taggers = [
        Tagger.load(replace(config, precision=wanted), NoCache()) for wanted in ("int8", "bf16")
    ]
    assert len({tagger.version for tagger in taggers}) == 2
    told = [tagger.tag([talk(("customer", "Where is my parcel?"))])[0] for tagger in taggers]
    assert told[0].space != told[1].space
    assert [s.label for s in told[0].signals] == [s.label for s in told[1].signals]


def test_calibration_texts_are_own_ones_and_always_the_same() -> None:
    assert calibration_texts() == calibration_texts()
    assert 300 < len(calibration_texts()) < 1_000
