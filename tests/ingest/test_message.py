"""What a customer wrote stays; what mail puts round it is marked, with true offsets."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.conversation import Channel, PartKind, Role, Turn
from ingest.clean.message import Message, clean_message
from ingest.outcome import Tally


def clean(text: str, channel: Channel = Channel.EMAIL, subject: str | None = None) -> Message:
    return clean_message(text, channel, Role.CUSTOMER, Tally(), subject)


def body(text: str, channel: Channel = Channel.EMAIL) -> str:
    message = clean(text, channel)
    turn = Turn(role=Role.CUSTOMER, text=message.text, parts=message.parts)
    return " ".join(turn.body.split())


OWN = "My lamp is still broken. When will it be replaced?"
QUOTED = "We are looking into it."


@pytest.mark.parametrize(
    "intro",
    [
        "On Mon, 2 Mar 2026 at 09:14, Harbor & Pine <help@pine.example> wrote:",
        "On Mon, 2 Mar 2026 at 09:14,\nHarbor & Pine <help@pine.example>\nwrote:",
        "Am Mo., 2. März 2026 um 09:14 Uhr schrieb Support <help@pine.example>:",
        "Am 02.03.2026 um 09:14 schrieb Support:",
        "Le lun. 2 mars 2026 à 09:14, Support <help@pine.example> a écrit :",
        "El lun, 2 mar 2026 a las 9:14, Soporte (<help@pine.example>) escribió:",
        "2026-03-02 9:14 GMT+01:00 Support <help@pine.example>:",
        "-----Original Message-----\nFrom: Support\nSent: Monday",
        "-----Ursprüngliche Nachricht-----",
        "---------- Forwarded message ---------",
        "Von: Support <help@pine.example>\nGesendet: Montag, 2. März 2026 09:14\nAn: Ich",
        "From: Support\nSent: Monday, March 2, 2026 9:14 AM\nTo: me\nSubject: RE: lamp",
        "*From:* Support\n*Sent:* Monday",
        "De : Support\nEnvoyé : lundi 2 mars 2026 09:14\nÀ : moi\nObjet : RE: lampe",
        "De: Soporte\nEnviado el: lunes, 2 de marzo de 2026 9:14\nPara: yo\nAsunto: RE",
        "________________________________\nFrom: Support\nSent: Monday",
        "##- Please type your reply above this line -##",
    ],
)
def test_quoted_mail_is_marked_to_its_end(intro: str) -> None:
    text = f"{OWN}\n\n{intro}\n\n{QUOTED}\nKind regards\nSupport"
    assert body(text) == OWN
    assert all(part.kind is PartKind.QUOTED for part in clean(text).parts)


def test_an_attribution_may_itself_be_quoted() -> None:
    assert body(f"{OWN}\n\n> On 2 Mar 2026, Support wrote:\n>\n> {QUOTED}") == OWN


def test_answers_between_quoted_lines_stay() -> None:
    text = "On 2 Mar 2026, Support wrote:\n> Which colour?\nThe blue one.\n> Which size?\nLarge."
    assert body(text) == "The blue one. Large."


@pytest.mark.parametrize(
    "text",
    [
        "I need:\n- a refund\n- a new lamp\nwhen?",
        "Hello\nThanks, that worked.\nBut now I want a refund too.",
        "On the phone your agent wrote: nothing at all",
        "From: my point of view this is a scandal.",
        "Please change it.\nFrom: London\nTo: Lisbon\nDate: 12 March\nWe are two adults.",
        "What I miss:\n---\nlamp\nbulb",
        "What I miss\n________\nlamp",
        "The amount was\n>50 euros\n and I am >:(",
        "Best, would be a refund in my eyes, as I said in my last mail to you.",
        "I was told on 3 March that somebody wrote: the parcel is lost",
        "Am 3. März kam nichts an: ich warte",
        "Regards the refund: I have waited for three weeks.\nPlease tell me when it comes.",
    ],
)
def test_the_customers_own_words_are_never_hidden(text: str) -> None:
    assert body(text) == " ".join(text.split())


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nMarta Lindqvist\n+49 151 123",
        "Kind regards,\nMarta Lindqvist\nHead of Lamps\nwww.lamps.example",
        "Mit freundlichen Grüßen\nMarta Lindqvist",
        "Viele Grüße",
        "Cordialement,\nMarta",
        "Un saludo,\nMarta",
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Gesendet mit der GMX Mail App",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Get Outlook for iOS",
        "This email and any attachments are confidential and intended for the addressee.\n"
        "If you are not the addressee, delete it.",
        "Regards\nMarta\n\nSent from my phone",
    ],
)
def test_signatures_are_marked(signature: str) -> None:
    text = f"{OWN}\n\n{signature}"
    assert body(text) == OWN
    assert {part.kind for part in clean(text).parts} == {PartKind.SIGNATURE}


def test_thanks_stay_and_the_name_below_goes() -> None:
    assert body(f"{OWN}\nThank you,\nMarta Lindqvist") == f"{OWN} Thank you,"


def test_a_postscript_is_not_part_of_the_signature() -> None:
    text = f"{OWN}\n\nKind regards\nMarta\n\nPS: the blue one please"
    assert body(text) == f"{OWN} PS: the blue one please"


def test_chat_has_no_signature() -> None:
    assert body("cheers\nMarta", Channel.CHAT) == "cheers Marta"


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("I am currently out of the office and will return on 9 March.", None),
        ("Hi,\n\nI'm on annual leave. For urgent matters contact my colleague Tom.", None),
        ("Ich bin bis zum 9. März nicht im Büro. In dringenden Fällen: Tom.", None),
        ("Je suis absente jusqu'au 9 mars, de retour lundi.", None),
        ("Estoy fuera de la oficina. Urgente: Tomás.", None),
        ("This is an automated response. We got your mail.", None),
        ("Back on Monday.", "Automatic reply: your order"),
        ("Bin bald zurück.", "Abwesenheitsnotiz"),
    ],
)
def test_automatic_replies_are_marked_whole(text: str, subject: str | None) -> None:
    message = clean(text, subject=subject)
    assert [(p.kind, p.start, p.end) for p in message.parts] == [
        (PartKind.AUTO_REPLY, 0, len(text))
    ]


@pytest.mark.parametrize(
    "text",
    [
        "I am on holiday from Monday, can you deliver before I return?",
        "Where is my order? I'm out of office next week and need it urgently.",
        "Your automatic reply told me nothing.",
    ],
)
def test_a_customer_who_mentions_a_holiday_is_read(text: str) -> None:
    assert body(text) == text


HTML = """<html><head><title>x</title><style>p {color: red}</style></head><body>
<p>Hello,</p><p>my order <b>77</b> has:</p><ul><li>no lamp</li>
<li>no&nbsp;bulb &amp; cable</li></ul>
<script>alert("hi")</script><!-- hidden <p>no</p> -->
<div class="gmail_signature">Marta<br>+49 151</div>
<div class="gmail_quote"><div>On 2 Mar 2026 Support wrote:</div>
<blockquote>We sent everything</blockquote></div></body></html>"""


def test_html_becomes_readable_text_with_marks() -> None:
    message = clean(HTML)
    own = "Hello,\nmy order 77 has:\n- no lamp\n- no bulb & cable\n"
    assert message.text.startswith(own)
    assert "alert" not in message.text
    assert "hidden" not in message.text
    marked = [(p.kind.value, message.text[p.start : p.end].split("\n")[0]) for p in message.parts]
    assert marked == [("signature", "Marta"), ("quoted", "On 2 Mar 2026 Support wrote:")]


def test_outlook_marks_all_that_follows() -> None:
    message = clean('<p>Yes please</p><div id="divRplyFwdMsg"></div><p>Do you want it?</p>')
    assert [message.text[p.start : p.end] for p in message.parts] == ["Do you want it?"]


@pytest.mark.parametrize("text", ["I <3 it", "a < b > c", "mail me: <a@b.example>", "x<y"])
def test_angle_brackets_in_plain_text_stay(text: str) -> None:
    assert clean(text).text == text


@given(st.text(max_size=400), st.sampled_from(list(Channel)), st.sampled_from(list(Role)))
def test_parts_lie_inside_the_text_and_apart(text: str, channel: Channel, role: Role) -> None:
    message = clean_message(text, channel, role, Tally())
    Turn(role=role, text=message.text, parts=message.parts)
    edges = [edge for part in message.parts for edge in (part.start, part.end)]
    assert edges == sorted(edges)


PIECES = st.sampled_from([
    "hello", "\n", "> ", "On 2 Mar 2026 Jo wrote:", "-- ", "Regards", "From: a", "Sent: b", "<p>",
    "</p>", "<blockquote>", "</div>", "<div class='gmail_quote'>", "😀", "é", "\u200b", "\r\n",
    "<br>",    "Sent from my iPhone", "PS: x", "<!--", "-->", "<script>",
    "&amp;", "\u2028", "<pre>",
])  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
def test_parts_of_mail_like_texts_are_true(text: str) -> None:
    message = clean(text)
    turn = Turn(role=Role.CUSTOMER, text=message.text, parts=message.parts)
    assert len(turn.body) == len(turn.text)
    for part in message.parts:
        assert turn.text[part.start : part.end].strip()


@pytest.mark.parametrize("piece", ["<a ", "<!--", '<a b="', "</", ">\n", "On 1 wrote:\n", "-- \n"])
def test_hostile_mail_takes_linear_time(piece: str) -> None:
    text = "<p>x</p>" + piece * (300_000 // len(piece))
    start = time.perf_counter()
    clean(text)
    assert time.perf_counter() - start < 10
