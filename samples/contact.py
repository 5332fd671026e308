"""A contact and an event together with whose they are, and their times as moments."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from samples.source_format import (
    Business,
    Customer,
    SourceContact,
    SourceEvent,
    SourceTurn,
)


@dataclass(frozen=True)
class Contact:
    """A contact of the sample in its place."""

    brand: str
    customer: Customer
    source: SourceContact

    @property
    def key(self) -> str:
        """Key of the contact."""
        return self.source.key

    def moment(self, offset: timedelta) -> datetime:
        """Give the moment that an offset names."""
        return self.source.at + offset

    @property
    def last_moment(self) -> datetime:
        """The latest moment of all that the contact holds."""
        source = self.source
        offsets = [t.at for t in source.turns] + [s.at for s in source.status]
        offsets += [h.at for h in source.handovers]
        offsets += [source.rating.at] if source.rating else []
        return self.moment(max(offsets))

    @property
    def ended_at(self) -> datetime:
        """When it was settled; where it was not, when the last public word fell."""
        final = self.source.status[-1]
        if final.status.done:
            return self.moment(final.at)
        return self.moment(max(turn.at for turn in self.source.turns if not turn.internal))

    def next_agent(self, offset: timedelta) -> SourceTurn | None:
        """Find the first agent's turn at or after an offset."""
        turns = (t for t in self.source.turns if t.at >= offset and t.name is not None)
        return next(turns, None)


@dataclass(frozen=True)
class Happening:
    """An event of the sample in its place."""

    brand: str
    customer: Customer
    source: SourceEvent
    key: str


def contacts_of(businesses: Iterable[Business]) -> list[Contact]:
    """List all contacts in order of time, as an export would."""
    found = [
        Contact(business.business, customer, contact)
        for business in businesses
        for customer in business.customers
        for contact in customer.contacts
    ]
    return sorted(found, key=lambda c: (c.source.at, c.key))


def happenings_of(businesses: Iterable[Business]) -> list[Happening]:
    """List all events in order of time."""
    found = [
        Happening(business.business, customer, event, f"{customer.key}-e{number}")
        for business in businesses
        for customer in business.customers
        for number, event in enumerate(customer.events, start=1)
    ]
    return sorted(found, key=lambda h: (h.source.at, h.key))
