"""Going on with a run that tags again: one small chunk of one part at a time.

Live work is always taken first (see ``workers.pipeline.process``), so all that a live record
can wait for is one chunk. A killed worker's part goes on where its last transaction ended.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from domain.base import now
from domain.conversation import Conversation
from domain.correction import corrected
from domain.difference import Change, difference
from domain.retag import RetagState
from storage import conversations, corrections, retag, signals, work
from storage.retag import Part
from storage.work import MAX_ATTEMPTS, Claim, Kind, Priority
from workers.batch import Processed, read_each
from workers.equipment import Pipeline
from workers.lease import beating
from workers.portions import ahead, characters, portions
from workers.tagging import Tagged
from workers.writing import Read, keep

CHUNK = 8
"""Conversations that pass the tagger together."""
ELSEWHERE_S = 30.0
"""A part is left to workers of the run's version for so long before it is offered again."""

Answers = dict[str, Tagged | Exception]


def step(pipeline: Pipeline) -> Processed:
    """Take one part of the open run and do its next chunk; all zero where there is none."""
    lease = pipeline.lease_seconds
    claims = pipeline.database.run(
        lambda session: work.claim(session, [Kind.RETAG], 1, lease, pipeline.worker, now())
    )
    result = Processed()
    watched = pipeline.watch.batch(claims, pipeline.tagger.version)
    with beating(pipeline.database, claims, lease), watched:
        for claim in claims:
            _try(pipeline, claim, result)
    return result


def _try(pipeline: Pipeline, claim: Claim, result: Processed) -> None:
    try:
        if _chunk(pipeline, claim):
            result.done += 1
            pipeline.watch.finished(claim)
        else:
            result.late += 1
            pipeline.watch.late(claim)
    except Exception as error:  # the database's, say: the part is tried again
        failing = partial(work.fail, item=claim, error=error, now=now())
        state = pipeline.database.run(failing)
        result.failed += 1
        pipeline.watch.gave_up(claim, error, state)
    pipeline.manners.pause()


def _chunk(pipeline: Pipeline, claim: Claim) -> bool:
    """Do the next conversations of a part; False where nothing was done."""
    database = pipeline.database
    alone = claim.attempts > 1 or pipeline.manners.brief
    with database.reading() as session:
        part = retag.part_of(session, claim.subject_id)
        if part is not None:
            ids = retag.upcoming(session, part, 1 if alone else CHUNK)
            found = conversations.get_many(session, ids)
    if part is None:
        return database.run(lambda session: work.done(session, claim))
    if part.retag.tagger != pipeline.tagger.version:
        later = now() + timedelta(seconds=ELSEWHERE_S)
        database.run(lambda session: work.again(session, claim, later))
        return False
    if not ids:
        return database.run(partial(_finish, claim, part))
    batch = next(portions([found[id_] for id_ in ids], characters))
    if claim.attempts < MAX_ATTEMPTS and _read_ahead(pipeline, claim, batch[0]):
        return True
    version = part.retag.tagger  # the tagger's own as well: compared above, before it reads
    answers = _answers(pipeline, claim, batch)
    if part.retag.state is RetagState.COMPARING:
        return database.run(partial(_compare, claim, part, answers))
    return _apply(pipeline, claim, part, found, answers, version)


def _answers(pipeline: Pipeline, claim: Claim, batch: Sequence[Conversation]) -> Answers:
    """Read a chunk. After a failure it is one conversation, and then none."""
    if claim.attempts == MAX_ATTEMPTS:
        # It ends its worker each time: it keeps its signals, and the part goes on behind it.
        return {one.id: RuntimeError("given up") for one in batch}
    return read_each(pipeline.watched, batch)


def _read_ahead(pipeline: Pipeline, claim: Claim, conversation: Conversation) -> bool:
    """Read a part of a long conversation ahead and give the claim back; False where it is read."""
    part = ahead(conversation, claim.progress)
    if part is None:
        return False
    pipeline.watched.tag([part])
    progress = claim.progress + len(part.turns)
    pipeline.database.run(lambda session: work.again(session, claim, now(), progress=progress))
    return True


def _compare(claim: Claim, part: Part, answers: Answers, session: Session) -> bool:
    if not work.hold(session, claim):
        return False
    before = signals.effective(session, answers)
    said = corrections.of_conversations(session, list(answers))
    found: list[tuple[str, Sequence[Change] | None]] = []
    for id_, answer in answers.items():
        if isinstance(answer, Exception):
            found.append((id_, None))
        else:
            after = corrected(answer.signals, said.get(id_, ()))
            found.append((id_, difference(before.get(id_, ()), after)))
    retag.compared(session, part, found)
    work.again(session, claim, now())
    return True


def _apply(
    pipeline: Pipeline,
    claim: Claim,
    part: Part,
    records: dict[str, Conversation],
    answers: Answers,
    version: str,
) -> bool:
    """Write the new signals of a chunk, a short transaction for each conversation.

    One that changed since it was read ends the chunk: what lies there now may have been read by
    others already. The part goes on with it as it is now, unless this version has read that.
    """

    def replace(record: Conversation, answer: Tagged | Exception, session: Session) -> bool | None:
        if isinstance(answer, Exception):
            if not work.hold(session, claim):
                return False
        elif conversations.lock_changed(session, record):
            return None
        elif not keep(pipeline, [Read(claim, record, answer, version)], session):
            return False
        else:
            work.add(session, Kind.REBUILD, record.id, now(), priority=Priority.BULK)
        retag.applied(session, part, record.id, done=not isinstance(answer, Exception))
        return True

    for id_, answer in answers.items():
        written = pipeline.database.run(partial(replace, records[id_], answer))
        if written is None:
            break
        if not written:
            return False
    pipeline.database.run(lambda session: work.again(session, claim, now()))
    return True


def _finish(claim: Claim, part: Part, session: Session) -> bool:
    # The run's lock comes before that of the claim, as it does where a run is cancelled.
    retag.finish(session, part, now())
    return work.done(session, claim)
