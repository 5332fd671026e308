"""The user's own taxonomies: every version that was fitted, which one is live, and since when."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from domain.base import Record, UtcDatetime
from domain.correction import Correction
from storage.statements import chunks, insert_missing
from storage.tables import ConversationRow, CorrectionRow, TaxonomyChangeRow, TaxonomyRow


class TaxonomyVersion(Record):
    """One version of a taxonomy."""

    name: str
    version: str
    """Hash of the content, 8 hexadecimal digits."""
    number: int
    """Counts the versions of a name from 1."""
    live: bool
    """Whether it takes part in tagging."""
    description: Mapping[str, JsonValue]
    """Labels, counts of examples and corrections, where it comes from."""
    made_at: UtcDatetime


class TaxonomyChange(Record):
    """A version that went live, or with ``version`` None a taxonomy that was taken out."""

    version: str | None
    at: UtcDatetime
    by: str


def add(
    session: Session,
    version: TaxonomyVersion,
    artefact: bytes,
) -> TaxonomyVersion:
    """Keep a version under the next number; one that is there already stays as it is.

    Parameters
    ----------
    version : TaxonomyVersion
        Its number and whether it is live are not looked at: it is not live yet.
    artefact : bytes
        What was fitted, and what it was fitted on.
    """
    known = get(session, version.name, version.version)
    if known is not None:
        return known
    last = session.scalar(
        select(func.max(TaxonomyRow.number)).where(TaxonomyRow.name == version.name)
    )
    fields = version.model_dump(exclude={"number", "live", "description"})
    more = {"number": (last or 0) + 1, "live": False, "artefact": artefact}
    row = fields | more | {"description": dict(version.description)}
    insert_missing(session, TaxonomyRow, [row])
    kept = get(session, version.name, version.version)
    if kept is None:  # the number was taken by another writer at the same moment
        return add(session, version, artefact)
    return kept


def versions(session: Session, name: str) -> tuple[TaxonomyVersion, ...]:
    """List the versions of a taxonomy, the newest first."""
    query = select(TaxonomyRow).where(TaxonomyRow.name == name)
    return _load(session, query.order_by(TaxonomyRow.number.desc()))


def newest(session: Session) -> tuple[TaxonomyVersion, ...]:
    """Give of each taxonomy the live version, or else the newest one; by name."""
    query = select(TaxonomyRow).order_by(
        TaxonomyRow.name, TaxonomyRow.live.desc(), TaxonomyRow.number.desc()
    )
    found: dict[str, TaxonomyVersion] = {}
    for version in _load(session, query):
        found.setdefault(version.name, version)
    return tuple(found.values())


def get(session: Session, name: str, version: str) -> TaxonomyVersion | None:
    """Load a version by its hash."""
    condition = (TaxonomyRow.name == name, TaxonomyRow.version == version)
    return next(iter(_load(session, select(TaxonomyRow).where(*condition))), None)


def artefact(session: Session, name: str, version: str) -> bytes | None:
    """Load what was fitted, and what it was fitted on."""
    return session.scalar(
        select(TaxonomyRow.artefact).where(TaxonomyRow.name == name, TaxonomyRow.version == version)
    )


def live(session: Session) -> tuple[TaxonomyVersion, ...]:
    """List the live versions by name."""
    return _load(session, select(TaxonomyRow).where(TaxonomyRow.live).order_by(TaxonomyRow.name))


def go_live(session: Session, name: str, version: str | None, by: str, now: datetime) -> None:
    """Have a version take part in tagging, in the place of any other of its name.

    Parameters
    ----------
    version : str or None
        Its hash; None takes the taxonomy out of tagging.
    by : str
        Who says so: the name of an API key, or the command line.

    Raises
    ------
    LookupError
        If there is no such version.
    """
    rows = select(TaxonomyRow.version, TaxonomyRow.live).where(TaxonomyRow.name == name)
    known = {row.version: row.live for row in session.execute(rows.with_for_update())}
    if version is not None and version not in known:
        raise LookupError(f"there is no version {version} of {name}")
    before = next((hash_ for hash_, is_live in known.items() if is_live), None)
    if before == version:
        return
    of_name = update(TaxonomyRow).where(TaxonomyRow.name == name)
    session.execute(of_name.where(TaxonomyRow.live).values(live=False))
    if version is not None:
        session.execute(of_name.where(TaxonomyRow.version == version).values(live=True))
    session.add(TaxonomyChangeRow(name=name, version=version, at=now, by=by))
    session.flush()


def changes(session: Session, name: str) -> tuple[TaxonomyChange, ...]:
    """Tell which version went live when, the latest first."""
    query = (
        select(TaxonomyChangeRow)
        .where(TaxonomyChangeRow.name == name)
        .order_by(TaxonomyChangeRow.id.desc())
    )
    names = TaxonomyChange.model_fields
    return tuple(
        TaxonomyChange.model_validate({field: getattr(row, field) for field in names})
        for row in session.scalars(query)
    )


def live_before(session: Session, name: str) -> str | None:
    """Give the version that was live before the present one; None where there was none.

    Going back twice in a row goes back two versions, not to and fro: what a rollback left is
    not where the next one goes.
    """
    trail: list[str] = []
    for change in reversed(changes(session, name)):
        if change.version is None:
            continue
        if change.version in trail:
            del trail[trail.index(change.version) :]
        trail.append(change.version)
    is_live = any(version.live for version in versions(session, name))
    steps = trail[:-1] if is_live else trail
    return steps[-1] if steps else None


def _load(session: Session, query: Select[TaxonomyRow]) -> tuple[TaxonomyVersion, ...]:
    names: Sequence[str] = tuple(TaxonomyVersion.model_fields)
    return tuple(
        TaxonomyVersion.model_validate({field: getattr(row, field) for field in names})
        for row in session.scalars(query)
    )


def recent_conversations(session: Session, most: int) -> list[str]:
    """List the ids of the conversations that began last, the latest first."""
    query = select(ConversationRow.id).order_by(
        ConversationRow.started_at.desc(), ConversationRow.id
    )
    return list(session.scalars(query.limit(most)))


def words(session: Session, name: str) -> tuple[tuple[str, Correction], ...]:
    """Load what people said about an own taxonomy's labels, in order of time.

    Returns
    -------
    tuple of (conversation id, Correction)
    """
    query = (
        select(CorrectionRow)
        .where(CorrectionRow.taxonomy == name, CorrectionRow.conversation_id.is_not(None))
        .order_by(CorrectionRow.at, CorrectionRow.id)
    )
    return tuple(
        (
            str(row.conversation_id),
            Correction.model_validate({f: getattr(row, f) for f in Correction.model_fields}),
        )
        for row in session.scalars(query)
    )


def corrected(session: Session, ids: Collection[str]) -> set[str]:
    """Name the own taxonomies of which people said something about these conversations."""
    names: set[str] = set()
    for chunk in chunks(ids):
        said = select(CorrectionRow.taxonomy).where(CorrectionRow.conversation_id.in_(chunk))
        named = said.where(CorrectionRow.taxonomy.is_not(None)).distinct()
        names |= {name for name in session.scalars(named) if name is not None}
    return names
