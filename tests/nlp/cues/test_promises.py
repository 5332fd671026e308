"""Promises of agents: what, by whom, until when; and what only sounds like one."""

from datetime import UTC, datetime

import pytest

from nlp.cues.promises import promises

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)

MADE = [
    ("I'll call you back by Friday with what we find.", "call", "agent", 6),
    ("I will ring you tomorrow.", "call", "agent", 3),
    ("i'll give you a quick call this afternoon", "call", "agent", 2),
    ("I'm going to phone you on Wednesday, on this number.", "call", "agent", 4),
    ("Our engineer will call you on Thursday.", "call", "colleague", 5),
    ("Somebody from billing will ring you within 24 hours.", "call", "colleague", 3),
    ("I'll ask Ben to call you back tomorrow.", "call", "agent", 3),
    ("I'll, um, I'll have my manager call you today", "call", "agent", 2),
    ("I've booked a callback for Tuesday.", "call", "agent", 3),
    ("I'll put a callback in for the lead, Monday, first thing.", "call", "agent", 9),
    ("We'll refund you by Monday.", "refund", "team", 9),
    ("I will credit the £20 to your account within 3 working days.", "refund", "agent", 5),
    ("You'll get your money back within two weeks.", "refund", "thing", 16),
    ("The refund will be on your card by Friday.", "refund", "thing", 6),
    ("we'll pay the difference", "refund", "team", None),
    ("I'll waive the fee for you.", "refund", "agent", None),
    ("Your £30 will be credited within 5 days.", "refund", "thing", 7),
    ("I'll send a new one out tomorrow.", "send", "agent", 3),
    ("You will receive a replacement within 3 days.", "send", "thing", 5),
    ("A sage shade goes out tomorrow.", "send", "thing", 3),
    ("I'm posting the hinges today.", "send", "agent", 2),
    ("We'll get the parts sent to you this week.", "send", "team", 8),
    ("It'll be delivered on Thursday.", "send", "thing", 5),
    ("I'll have hardware set H sent from the store, two working days.", "send", "agent", 4),
    ("i'll ship the right lamp today", "send", "agent", 2),
    ("I'll let you know by tomorrow.", "write", "agent", 3),
    ("I'll get back to you by Thursday at the latest.", "write", "agent", 5),
    ("We will keep you posted.", "write", "team", None),
    ("I'll send you an email with the steps.", "write", "agent", None),
    ("They will confirm receipt and answer by 27 March.", "write", "colleague", 27),
    ("I'll message you here as soon as I hear.", "write", "agent", None),
    ("will mail you tomorrow", "write", "agent", 3),
    ("You'll hear from us by the end of the week.", "write", "thing", 8),
    ("I'll write as soon as they answer.", "write", "agent", None),
    ("You'll get a confirmation by e-mail within an hour.", "write", "thing", 2),
    ("I'll be in touch on Monday.", "write", "agent", 9),
    ("I'll look into it and fix it by Wednesday.", "do", "agent", 4),
    ("I will pass this on to the warehouse.", "do", "agent", None),
    ("I'll raise a ticket with the network team.", "do", "agent", None),
    ("We'll investigate it.", "do", "team", None),
    ("I have asked the desk to look at it on Monday.", "do", "agent", 9),
    ("An engineer swaps the card tomorrow before noon.", "do", "colleague", 3),
    ("It will be fixed by Friday.", "do", "thing", 6),
    ("Will do!", "do", "agent", None),
    ("I'll chase them today", "do", "agent", 2),
    ("I'll check with the courier.", "do", "agent", None),
    ("Ich melde mich bis Donnerstag bei Ihnen.", "write", "agent", 5),
    ("Wir erstatten Ihnen den Betrag.", "refund", "agent", None),
    ("Ich rufe Sie morgen an.", "call", "agent", 3),
    ("Le escribo antes del viernes.", "write", "agent", 6),
    ("Je vous rappelle demain.", "call", "agent", 3),
    ("I'll call you on Friday, okay?", "call", "agent", 6),
]

NOT_MADE = [
    "I can't call you back.",
    "I won't be able to refund that.",
    "We will not send another one.",
    "I'll never ask for your password.",
    "Will you call by Friday?",
    "Shall I send it to the same address?",
    "Should we refund it to the card?",
    "I'll send it to the old address?",
    "If it does not work you will see an error on Monday.",
    "If it isn't there by Friday, I'll send a new one.",
    "Once you send it back, we'll refund you.",
    "We'll refund you once we have received the parcel.",
    "As soon as the form is in, I'll switch it.",
    "I'll send a new one if you like.",
    "I'll put you through to second line.",
    "One moment, I'll check that by Friday.",
    "I'll pass you to my colleague now.",
    "I'm going to transfer you to billing.",
    "Let me check that for you.",
    "I'll have a look.",
    "I'll bring that up, bear with me.",
    "I'll be right with you.",
    "I'll be honest, that is slow.",
    "I'll need your postcode.",
    "I'll have to ask for your date of birth.",
    "I'll try to find it.",
    "I'll see what I can do.",
    "I'll check.",
    "I'll wait while you restart it.",
    "I'll take that as a yes.",
    "I'll close this ticket now.",
    "I'll mark this as solved.",
    "I will ask you a few questions first.",
    "You'll need to restart it.",
    "You will have to call the bank.",
    "You'll be asked for a code.",
    "You'll be able to log in.",
    "You will see an icon at the top.",
    "This will take five minutes.",
    "The app will ask for your code.",
    "That'll be £20.",
    "It'll be the third option.",
    "It should be there already.",
    "It can take up to 10 business days to show.",
    "I have sent it yesterday.",
    "We refunded it on Monday.",
    "I called you on Friday.",
    "You were promised a call by Friday.",
    "Did he say he will call you?",
    "Maybe they'll send a new one.",
    "I hope they will call you today.",
    "I can't say when they will answer.",
    "Please call us by Friday.",
    "Could you send me a photo today?",
    "Please write back by Monday.",
    "You can call us until 8 pm.",
    "We are open tomorrow.",
    "Which address should I send it to?",
    "The parcel left on Monday.",
    "Have a nice weekend, talk soon.",
    "Thanks for calling.",
    "What will you send?",
    "Your call will be recorded.",
    "We would refund it.",
    "I could call you, but the desk is closed.",
    "Wenn Sie es schicken, erstatten wir den Betrag.",
]


@pytest.mark.parametrize(("text", "action", "who", "day"), MADE)
def test_a_promise_is_found(text: str, action: str, who: str, day: int | None) -> None:
    found = promises(text, MONDAY)
    last = found[-1]
    assert (last.action, last.who) == (action, who)
    assert (last.due_at.day if last.due_at else None) == day
    assert 0 <= last.start < last.end <= len(text)


@pytest.mark.parametrize("text", NOT_MADE)
def test_other_words_are_none(text: str) -> None:
    assert promises(text, MONDAY) == ()


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("I'll chase them today and I'll ring you back by Wednesday.", ["do", "call"]),
        ("I'll ask the carrier and come back to you within fourteen days.", ["do", "write"]),
        ("I'll send a fresh one, you should have it tomorrow.", ["send"]),
        ("I'll refund you today. You'll get a mail in ten minutes.", ["refund", "write"]),
        ("I can't call, but I'll write to you tomorrow.", ["write"]),
    ],
)
def test_each_promise_is_one(text: str, actions: list[str]) -> None:
    assert [promise.action for promise in promises(text, MONDAY)] == actions


def test_when_it_arrives_gives_the_day() -> None:
    (promise,) = promises("I'll send a fresh one, you should have it tomorrow.", MONDAY)
    assert promise.due_at is not None
    assert promise.due_at.day == 3
