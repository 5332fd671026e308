import pytest

from domain.signal import AbstainReason
from nlp.language import Languages

TEXTS = {
    "en": "Could you tell me where my parcel is at the moment?",
    "de": "Können Sie mir sagen, wo mein Paket gerade ist?",
    "es": "¿Me puede decir dónde está mi paquete en este momento?",
    "fr": "Pouvez-vous me dire où se trouve mon colis actuellement ?",
    "it": "Potete dirmi dove si trova il mio pacco in questo momento?",
    "nl": "Kunt u mij vertellen waar mijn pakket op dit moment is?",
    "pt": "Pode dizer-me onde está a minha encomenda neste momento?",
}


@pytest.fixture(scope="module")
def languages() -> Languages:
    return Languages.load(tuple(TEXTS))


@pytest.mark.parametrize("code", TEXTS)
def test_configured_languages_are_told_apart(languages: Languages, code: str) -> None:
    reading = languages.read(TEXTS[code])
    assert (reading.code, reading.sure) == (code, True)


@pytest.mark.parametrize("text", ["ok", "no", "thx", "HP 77120345"])
def test_short_texts_abstain(languages: Languages, text: str) -> None:
    assert languages.read(text).reason is AbstainReason.LOW_PROBABILITY


@pytest.mark.parametrize("text", ["", " ", "123", "🙂"])
def test_no_letters_are_no_language(languages: Languages, text: str) -> None:
    reading = languages.read(text)
    assert (reading.code, reading.reason) == ("und", AbstainReason.NO_TEXT)


def test_a_single_language_is_taken_for_granted() -> None:
    assert Languages.load(("de",)).read("hello there my friend").code == "de"


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(ValueError, match="ISO 639-1"):
        Languages.load(("en", "klingon"))
