"""The sidecar that stands beside a transcript and says what the transcript cannot."""

from collections.abc import Mapping

from samples.contact import Contact
from samples.ids import Json, iso


def sidecar(contact: Contact, speakers: Mapping[str, str]) -> Json:
    """Tell whose call it was, when, who speaks under which name and how it went on.

    Parameters
    ----------
    contact : Contact
        A call.
    speakers : mapping of str to str
        Name in the transcript -> role.
    """
    source = contact.source
    rating = source.rating
    ratings = []
    if rating is not None:
        at = iso(contact.moment(rating.at))
        ratings.append({"at": at, "score": rating.score, "comment": rating.comment})
    return {
        "source_id": contact.key,
        "started_at": iso(source.at),
        "channel": source.channel.value,
        "brand": contact.brand,
        "customer_name": contact.customer.name,
        "identifiers": [str(identifier) for identifier in source.shows],
        "speakers": dict(speakers),
        "status_history": [
            {"status": change.status.value, "at": iso(contact.moment(change.at))}
            for change in source.status
        ],
        "handovers": [
            {"at": iso(contact.moment(h.at)), "to": h.to, "escalation": h.escalation}
            for h in source.handovers
        ],
        "ratings": ratings,
    }
