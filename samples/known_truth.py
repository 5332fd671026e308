"""What is known of the sample: whose contacts, which issues, and what came of them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from samples.contact import Contact
from samples.ids import SOURCES, Json, iso, source_id
from samples.source_format import TAKEN_AT, Business, SourceIssue
from samples.writers.zendesk import merged_ticket_ids

WINDOWS_HOURS = (24, 72, 168, 336)


def truth(businesses: Sequence[Business], contacts: Sequence[Contact]) -> Json:
    """Tell the truth of a split.

    Parameters
    ----------
    businesses : sequence of Business
        The split.
    contacts : sequence of Contact
        Its contacts, in order of time.

    Returns
    -------
    dict
        Keys taken_at, contacts, not_contacts, issues, persons, households, shared.
    """
    by_issue: dict[str, list[Contact]] = defaultdict(list)
    for contact in contacts:
        by_issue[contact.source.issue].append(contact)
    persons = [customer for business in businesses for customer in business.customers]
    followed = {
        contact.key: following
        for row in by_issue.values()
        for contact, following in zip(row, [*row[1:], None], strict=True)
    }
    zendesk = [contact for contact in contacts if contact.source.format == "zendesk"]
    return {
        "taken_at": iso(TAKEN_AT),
        "contacts": [_contact(contact, followed[contact.key]) for contact in contacts],
        "not_contacts": [
            {"source": "zendesk", "source_id": identity, "why": "closed_by_merge"}
            for identity in merged_ticket_ids(zendesk)
        ],
        "issues": [
            _issue(issue, customer.key, by_issue[issue.key])
            for customer in persons
            for issue in customer.issues
        ],
        "persons": [
            {
                "customer": customer.key,
                "household": customer.household,
                "identifiers": [str(identifier) for identifier in customer.identifiers],
            }
            for customer in persons
        ],
        "households": _households(businesses),
        "shared": _shared(businesses),
    }


def _contact(contact: Contact, following: Contact | None) -> Json:
    source = contact.source
    return {
        "key": contact.key,
        "source": SOURCES[source.format],
        "source_id": source_id(source.format, contact.key),
        "format": source.format,
        "channel": source.channel.value,
        "brand": contact.brand,
        "customer": contact.customer.key,
        "issue": source.issue,
        "needs": list(source.needs),
        "sentiment": source.sentiment,
        "shows": [str(identifier) for identifier in source.shows],
        "started_at": iso(source.at),
        "ended_at": iso(contact.ended_at),
        "repeated_within_hours": {
            str(hours): _repeated(contact, following, hours) for hours in WINDOWS_HOURS
        },
    }


def _repeated(contact: Contact, following: Contact | None, hours: int) -> str:
    """Tell whether the customer came back for the same issue: yes, no, or open.

    The window runs from when the contact was settled or fell silent. Who comes back
    before that has come back too. While the window lasts beyond the export, it is open.
    """
    until = contact.ended_at + timedelta(hours=hours)
    if following is not None and following.source.at <= until:
        return "yes"
    return "no" if until <= TAKEN_AT else "open"


def _issue(issue: SourceIssue, customer: str, row: Sequence[Contact]) -> Json:
    gaps = [
        (after.source.at - before.ended_at).total_seconds() / 3600
        for before, after in pairwise(row)
    ]
    return {
        **issue.model_dump(mode="json"),
        "customer": customer,
        "contacts": [contact.key for contact in row],
        "gap_hours": [round(gap, 3) for gap in gaps],
        "repeat_contact_within_hours": {
            str(hours): any(gap <= hours for gap in gaps) for hours in WINDOWS_HOURS
        },
    }


def _households(businesses: Sequence[Business]) -> Json:
    found: dict[str, list[str]] = defaultdict(list)
    for business in businesses:
        for customer in business.customers:
            if customer.household is not None:
                found[customer.household].append(customer.key)
    return dict(found)


def _shared(businesses: Sequence[Business]) -> Json:
    """List identifiers that more than one customer really has."""
    owners: dict[str, list[str]] = defaultdict(list)
    for business in businesses:
        for customer in business.customers:
            for identifier in customer.identifiers:
                owners[str(identifier)].append(customer.key)
    return {identifier: keys for identifier, keys in owners.items() if len(keys) > 1}
