"""Identities and the identifiers that belong to them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.identity import Identifier, Identity, IdentityLevel
from domain.journey import Built
from storage import redirects
from storage.statements import chunks, upsert
from storage.tables import IdentityRow, MemberRow


class IssueBefore(NamedTuple):
    """An issue as it was before a rebuild."""

    identity_id: str
    contacts: list[str]


class IdentityBefore(NamedTuple):
    """An identity as it was before a rebuild."""

    identifiers: list[str]
    contacts: list[str]


def get(session: Session, id_: str) -> Identity | None:
    """Load an identity by its id, or by one that redirects to it."""
    id_ = redirects.resolve(session, id_)
    return get_many(session, [id_]).get(id_)


def find(session: Session, identifier: Identifier) -> Identity | None:
    """Find the identity of an identifier; a person rather than a household or a session."""
    query = select(MemberRow.identity_id).where(MemberRow.identifier == str(identifier))
    levels = list(IdentityLevel)
    found = get_many(session, session.scalars(query)).values()
    return min(found, key=lambda i: (levels.index(i.level), i.id), default=None)


def get_many(session: Session, ids: Iterable[str]) -> dict[str, Identity]:
    """Load identities by their ids; those that are not there are left out."""
    result = {}
    for chunk in chunks(ids):
        members = _members(session, chunk)
        for row in session.scalars(select(IdentityRow).where(IdentityRow.id.in_(chunk))):
            result[row.id] = Identity(
                id=row.id,
                level=IdentityLevel(row.level),
                confidence=row.confidence,
                identifiers=tuple(
                    Identifier.model_validate(text) for text in members.get(row.id, ())
                ),
                relatives=tuple(row.relatives),
            )
    return result


def around(
    session: Session, identifiers: Collection[str], issues: Mapping[str, IssueBefore]
) -> dict[str, IdentityBefore]:
    """Find the identities that a rebuild may change: of the identifiers, and of the issues."""
    ids = {issue.identity_id for issue in issues.values()}
    for chunk in chunks(identifiers):
        query = select(MemberRow.identity_id).where(MemberRow.identifier.in_(chunk))
        ids |= set(session.scalars(query))
    members: dict[str, list[str]] = {}
    for chunk in chunks(sorted(ids)):
        members |= _members(session, chunk)
    contacts: dict[str, list[str]] = {}
    for issue in issues.values():
        contacts.setdefault(issue.identity_id, []).extend(issue.contacts)
    return {id_: IdentityBefore(members.get(id_, []), contacts.get(id_, [])) for id_ in ids}


def replace(session: Session, before: Collection[str], now: Sequence[Identity]) -> None:
    """Put new identities in the place of old ones."""
    for chunk in chunks({*before, *(identity.id for identity in now)}):
        session.execute(delete(IdentityRow).where(IdentityRow.id.in_(chunk)))
    rows = [
        identity.model_dump(mode="json", exclude={"identifiers"})
        for identity in sorted(now, key=lambda identity: identity.id)
    ]
    upsert(session, IdentityRow, rows)
    members = [
        {"identity_id": identity.id, "identifier": str(identifier), "position": position}
        for identity in now
        for position, identifier in enumerate(identity.identifiers)
    ]
    upsert(session, MemberRow, members)


def successors(before: Mapping[str, IdentityBefore], built: Built) -> dict[str, str]:
    """Find who took the place of identities: whoever has their first identifier now."""
    owner = {
        str(identifier): identity.id
        for identity in reversed(built.identities)
        for identifier in identity.identifiers
    }
    owner |= {c: issue.identity_id for issue in built.issues for c in issue.conversation_ids}
    living = {identity.id for identity in built.identities}
    result = {}
    for id_, was in before.items():
        place = next((owner[x] for x in (*was.identifiers, *was.contacts) if x in owner), None)
        if id_ not in living and place is not None:
            result[id_] = place
    return result


def _members(session: Session, ids: Collection[str]) -> dict[str, list[str]]:
    query = select(MemberRow).where(MemberRow.identity_id.in_(ids)).order_by(MemberRow.position)
    result: dict[str, list[str]] = {}
    for row in session.scalars(query):
        result.setdefault(row.identity_id, []).append(row.identifier)
    return result
