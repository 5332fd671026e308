"""Building is a pure function of the set of records, and quick."""

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.event import Event
from domain.journey import Built, Contact

Make = Callable[..., Contact]
MakeEvent = Callable[..., Event]
Build = Callable[..., Built]
Records = Callable[[], tuple[list[Contact], list[Event]]]

PEOPLE = [
    ("Anna Adler", "email:anna.adler@post.example", "account:A-1001"),
    ("Ben Adler", "email:ben.adler@mail.example", "account:A-2002"),
    ("Carla Costa", "email:carla.costa@post.example", "account:A-3003"),
]
SHARED = ["phone:+493023125118", "device:d-1", "anonymous:x-1"]
SAYINGS = [
    "order 77120345 came without hinges",
    "still nothing, I wrote to you about 77120345",
    "a different question: which oil for the oak?",
    "I was on your chat on Monday and nobody called",
    "please close account A-1001",
]


@pytest.fixture
def records(contact: Make, event: MakeEvent) -> Records:
    """Forty contacts and twenty events of a household and a friend, drawn once for all."""
    draw = random.Random(7)
    contacts, events = [], []
    for n in range(40):
        name, *handles = draw.choice(PEOPLE)
        shows = draw.sample([*handles, *SHARED], draw.randint(0, 3))
        turns = [("customer", 0.0, draw.choice(SAYINGS)), ("agent", 0.5, "I'll call on Monday.")]
        named = name if draw.random() < 0.4 else None
        status = [(0.0, "new"), (2.0, "solved")] if draw.random() < 0.6 else []
        contacts.append(
            contact(str(n), draw.uniform(0, 900), turns, shows=shows, name=named, status=status)
        )
    for _ in range(20):
        handles = [*draw.choice(PEOPLE)[1:], *SHARED]
        events.append(event("logged_in", draw.uniform(0, 900), *draw.sample(handles, 2)))
    return lambda: (list(contacts), list(events))


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers())
def test_the_order_of_records_does_not_matter(records: Records, built: Build, seed: int) -> None:
    contacts, events = records()
    before = built(contacts, events)
    draw = random.Random(seed)
    draw.shuffle(contacts)
    draw.shuffle(events)
    assert built(contacts, events) == before


def test_strangers_do_not_change_what_is_built(
    records: Records, contact: Make, built: Build
) -> None:
    contacts, events = records()
    stranger = contact("s", 5, shows=["email:zoe.zorn@far.example"], name="Zoe Zorn")
    alone, together = built(contacts, events), built([*contacts, stranger], events)
    ids = {journey.id: journey for journey in together.journeys}
    assert all(ids[journey.id] == journey for journey in alone.journeys)
    assert {i.id for i in alone.identities} < {i.id for i in together.identities}


def test_what_is_built_hangs_together(records: Records, built: Build) -> None:
    contacts, events = records()
    result = built(contacts, events)
    identities = {identity.id: identity for identity in result.identities}
    members = [i for identity in result.identities for i in identity.identifiers]
    assert len(members) == len(set(members))
    assert {i.identity_id for i in result.issues} <= set(identities)
    assert {j.issue.id for j in result.journeys} == {i.id for i in result.issues}
    assert set(result.contact_outcomes) == {c.conversation.id for c in contacts}
    for identity in result.identities:
        assert all(identity.id in identities[r].relatives for r in identity.relatives)
    for link in result.links:
        assert {link.left, link.right} <= set(members)


def test_nothing_gives_nothing(built: Build) -> None:
    assert built() == Built()


@pytest.mark.slow
def test_the_time_grows_with_the_contacts_of_one_customer_not_with_their_square(
    contact: Make, built: Build
) -> None:
    draw = random.Random(3)
    vectors = [[draw.gauss(0, 0.05) for _ in range(384)] for _ in range(20)]
    contacts = [
        contact(
            str(n), n / 2, [("customer", 0.0, draw.choice(SAYINGS)), ("agent", 0.1, "Sorry!")] * 4,
            shows=["email:anna.adler@post.example"], intents=["how_to"], need=vectors[n % 20],
        )
        for n in range(1000)
    ]  # fmt: skip

    def seconds(some: list[Contact]) -> float:
        begun = time.process_time()
        built(some)
        return time.process_time() - begun

    # Four times the contacts: 4 if linear, 16 if quadratic. The best of three is the least
    # disturbed by what else this process and machine do.
    few, many = (min(seconds(contacts[:n]) for _ in range(3)) for n in (250, 1000))
    assert many < 8 * few
    assert many < 10.0
