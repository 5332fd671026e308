"""Automatic replies: nobody wrote them, so they say nothing about the customer."""

import re

MAX_TEXT = 2_000
"""Characters. Automatic replies are short; a long mail was written by somebody."""

_SUBJECT = re.compile(
    r"\s*(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office"
    r"|automatische antwort|abwesenheit(?:snotiz|sbenachrichtigung)?\b|réponse automatique"
    r"|absence du bureau|respuesta automática|fuera de (?:la )?oficina|risposta automatica"
    r"|automatisch antwoord|undeliverable:|delivery status notification|mail delivery failed)",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"this is an? (?:automatic|automated)(?:ally generated)? (?:reply|response|message|e-?mail)"
    r"|this (?:message|e-?mail) (?:was|is) (?:generated )?automatically"
    r"|dies ist eine automatisch(?:e| generierte| erstellte) (?:antwort|nachricht|e-?mail)"
    r"|diese (?:nachricht|e-?mail) wurde automatisch"
    r"|ceci est (?:une réponse|un message) automatique"
    r"|(?:esta es una respuesta|este es un mensaje) automátic[ao]",
    re.IGNORECASE,
)
_ABSENT = re.compile(
    r"(?:i am|i'm|i will be) (?:currently )?(?:out of (?:the )?office"
    r"|on (?:annual |parental |sick )?leave"
    r"|on (?:holiday|vacation)|away from my (?:desk|e-?mail))"
    r"|ich bin (?:derzeit |momentan |zurzeit |zur zeit |bis |vom |ab ).{0,60}"
    r"(?:nicht im (?:büro|haus|hause)|außer haus|im urlaub|abwesend|nicht erreichbar)"
    r"|je suis (?:actuellement )?(?:absente?|en congés?|en vacances)"
    r"|estoy (?:actualmente )?(?:fuera de la oficina|de vacaciones|ausente)"
    r"|(?:estaré|me encuentro) (?:fuera de la oficina|de vacaciones|ausente)",
    re.IGNORECASE,
)
_RETURN = re.compile(
    r"\b(?:urgent|emergenc|return|limited access|in my absence|contact my colleague|as soon as i"
    r"|dringend|vertretung|zurück|wieder erreichbar|kollegen?"
    r"|urgence|de retour|mon absence|urgente|regreso|mi ausencia|vuelta)",
    re.IGNORECASE,
)


def is_auto_reply(text: str, subject: str | None) -> bool:
    """Tell whether a mail was sent by a machine in its owner's absence.

    A subject that says so is enough. Without one, the mail must announce itself as
    automatic, or open with an absence and speak of the return or a stand-in. A mail that
    asks a question was written by a person, who may well mention a holiday.

    Parameters
    ----------
    text : str
        The author's own text, without quotations.
    subject : str or None
        Subject of this very mail.
    """
    if len(text) > MAX_TEXT:
        return False
    if subject and _SUBJECT.match(subject[:200]):
        return True
    if "?" in text:
        return False
    opening = text.strip()[:300]
    if _ALONE.search(opening):
        return True
    return _ABSENT.search(opening) is not None and _RETURN.search(text) is not None
