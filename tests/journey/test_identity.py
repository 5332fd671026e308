"""Who is one person, who only shares something, and how a merge is undone."""

from collections.abc import Callable

import pytest

from domain.event import Event
from domain.identity import Identity, IdentityLevel
from domain.journey import Built, Contact
from journey.policy import JourneyPolicy

Make = Callable[..., Contact]
MakeEvent = Callable[..., Event]
Build = Callable[..., Built]

ANNA, BEN = "email:anna.adler@post.example", "email:ben.adler@mail.example"
PHONE, ACCOUNT, OTHER = "phone:+493023125118", "account:A-1001", "account:A-2002"
DEVICE, ANONYMOUS = "device:d-1", "anonymous:x-1"


def identity_of(built: Built, identifier: str) -> Identity:
    return next(i for i in built.identities if identifier in map(str, i.identifiers))


def owner_of(built: Built, contact: Contact) -> str:
    return next(
        i.identity_id for i in built.issues if contact.conversation.id in i.conversation_ids
    )


def test_handles_seen_together_are_one_person(
    contact: Make, event: MakeEvent, built: Build
) -> None:
    result = built(
        [contact("1", shows=[ANNA]), contact("2", 50, shows=[PHONE])],
        [event("logged_in", 5, ANNA, ACCOUNT), event("profile_updated", 6, ACCOUNT, PHONE)],
    )
    person = identity_of(result, ANNA)
    assert {str(i) for i in person.identifiers} == {ANNA, PHONE, ACCOUNT}
    assert person.level is IdentityLevel.PERSON
    assert person.confidence == pytest.approx(0.9)  # the phone's link is the weakest


def test_a_phone_of_two_people_is_a_household(event: MakeEvent, built: Build) -> None:
    result = built(
        [],
        [
            event("logged_in", 0, ANNA, ACCOUNT),
            event("logged_in", 1, BEN, OTHER),
            event("profile_updated", 2, ACCOUNT, PHONE),
            event("profile_updated", 3, OTHER, PHONE),
        ],
    )
    anna, ben, phone = (identity_of(result, i) for i in (ANNA, BEN, PHONE))
    assert len({anna.id, ben.id, phone.id}) == 3
    assert phone.level is IdentityLevel.HOUSEHOLD
    assert set(phone.relatives) == {anna.id, ben.id}
    assert ben.id in anna.relatives


def test_an_account_of_two_mailboxes_is_not_merged(event: MakeEvent, built: Build) -> None:
    result = built([], [event("logged_in", 0, ANNA, ACCOUNT), event("logged_in", 1, BEN, ACCOUNT)])
    assert identity_of(result, ACCOUNT).level is IdentityLevel.ACCOUNT
    assert identity_of(result, ANNA).id != identity_of(result, BEN).id


def test_an_account_with_two_mailboxes_of_one_name_is_one_person(
    event: MakeEvent, built: Build
) -> None:
    second = "email:a.adler@work.example"
    result = built(
        [], [event("logged_in", 0, ANNA, ACCOUNT), event("logged_in", 1, second, ACCOUNT)]
    )
    assert identity_of(result, ANNA) == identity_of(result, second) == identity_of(result, ACCOUNT)


def test_a_session_of_one_person_joins_them(event: MakeEvent, built: Build) -> None:
    result = built(
        [], [event("help_searched", 0, ANONYMOUS), event("identify", 1, ANONYMOUS, ANNA)]
    )
    person = identity_of(result, ANNA)
    assert ANONYMOUS in map(str, person.identifiers)
    assert person.confidence == pytest.approx(0.8)
    assert [link.level for link in result.links] == [IdentityLevel.SESSION]


def test_a_device_of_two_people_stays_a_session(event: MakeEvent, built: Build) -> None:
    result = built([], [event("logged_in", 0, ANNA, DEVICE), event("logged_in", 1, BEN, DEVICE)])
    assert identity_of(result, DEVICE).level is IdentityLevel.SESSION
    assert identity_of(result, ANNA).id != identity_of(result, BEN).id


def test_two_names_on_one_phone_make_it_a_household(contact: Make, built: Build) -> None:
    result = built(
        [
            contact("1", shows=[PHONE], name="Anna Adler"),
            contact("2", 2, shows=[PHONE], name="Ben Adler"),
        ]
    )
    assert identity_of(result, PHONE).level is IdentityLevel.HOUSEHOLD


def test_a_shared_phone_counts_to_the_one_who_is_named(
    contact: Make, event: MakeEvent, built: Build
) -> None:
    events = [
        event("profile_updated", 0, ANNA, PHONE),
        event("profile_updated", 1, BEN, PHONE),
    ]
    by_record = contact("1", 2, shows=[PHONE], name="Ben Adler")
    by_words = contact("2", 90, [("customer", 0, "hi, Anna here, about the desk")], shows=[PHONE])
    unnamed = contact("3", 200, [("customer", 0, "my desk wobbles")], shows=[PHONE])
    result = built([by_record, by_words, unnamed], events)
    assert owner_of(result, by_record) == identity_of(result, BEN).id
    assert owner_of(result, by_words) == identity_of(result, ANNA).id
    assert owner_of(result, unnamed) == identity_of(result, PHONE).id


def test_those_who_share_something_under_one_name_are_one(
    contact: Make, event: MakeEvent, built: Build
) -> None:
    chat = contact("1", shows=["user:chat/77", ACCOUNT], name="Anna Adler")
    result = built(
        [chat], [event("logged_in", 1, ANNA, ACCOUNT), event("logged_in", 2, BEN, ACCOUNT)]
    )
    assert owner_of(result, chat) == identity_of(result, ANNA).id


def test_an_account_in_the_words_is_weak_evidence(
    contact: Make, event: MakeEvent, built: Build
) -> None:
    said = [("customer", 0.0, "please close account A-100123")]
    account = "account:A-100123"
    events = [event("logged_in", 1, account, PHONE)]
    alone = built([contact("1", 2, said, shows=["email:kiwi9@post.example"])], events)
    person = identity_of(alone, "email:kiwi9@post.example")
    assert identity_of(alone, account).id != person.id
    assert identity_of(alone, account).id in person.relatives
    twice = built(
        [
            contact("1", 2, said, shows=["email:kiwi9@post.example"]),
            contact("2", 90, said, shows=["email:kiwi9@post.example"]),
        ],
        events,
    )
    assert identity_of(twice, account) == identity_of(twice, "email:kiwi9@post.example")


def test_a_withdrawn_link_unmerges_for_good(event: MakeEvent, built: Build) -> None:
    events = [event("logged_in", 0, ANNA, PHONE), event("logged_in", 9, ANNA, PHONE)]
    merged = built([], events)
    assert identity_of(merged, ANNA) == identity_of(merged, PHONE)
    first = merged.links[0]
    parted = built([], events, [first.id])
    assert identity_of(parted, ANNA).id != identity_of(parted, PHONE).id
    assert {link.id for link in parted.links} == {link.id for link in merged.links}
    assert built([], events, []) == merged


def test_the_older_id_stays_when_identities_merge(event: MakeEvent, built: Build) -> None:
    before = built([], [event("help_searched", 0, ANONYMOUS), event("order_placed", 1, ANNA)])
    older, younger = identity_of(before, ANONYMOUS), identity_of(before, ANNA)
    after = built(
        [],
        [
            event("help_searched", 0, ANONYMOUS),
            event("order_placed", 1, ANNA),
            event("identify", 2, ANONYMOUS, ANNA),
        ],
    )
    assert identity_of(after, ANNA).id == older.id != younger.id


def test_what_too_many_share_makes_nobody_a_relative(event: MakeEvent, built: Build) -> None:
    people = [f"email:{first}.{last}@post.example" for first, last in _NAMES]
    events = [event("logged_in", n, person, DEVICE) for n, person in enumerate(people)]
    result = built([], events, policy=JourneyPolicy(max_sharers=4))
    assert all(not identity.relatives for identity in result.identities)


_NAMES = [
    ("anna", "adler"), ("ben", "brook"), ("carla", "costa"), ("dirk", "dahl"), ("eva", "ekman"),
]  # fmt: skip


def test_a_contact_without_identifiers_stands_alone(contact: Make, built: Build) -> None:
    result = built([contact("1"), contact("2", 1)])
    assert len(result.identities) == len(result.issues) == 2
    assert {i.level for i in result.identities} == {IdentityLevel.SESSION}
