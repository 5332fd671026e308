"""Long work on own taxonomies, as it is taken from the queue. Killed anywhere it is done again.

What was read stays in the cache of vectors, so that the second time is shorter; the same examples
give the same version, so that twice leaves one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, cast

import orjson
from pydantic import JsonValue
from sqlalchemy.orm import Session

from domain.base import now
from nlp.own.bundle import without_identifiers
from nlp.own.folds import crossed
from nlp.own.labels import Labelled, one_or_several
from nlp.own.model import OwnTaxonomy, TaxonomyError, read_texts
from nlp.own.report import as_json, hiding, label_report
from nlp.own.trust import trust
from settings import Settings
from storage import taxonomies, taxonomy_erasure, taxonomy_jobs, work
from storage.database import Database
from storage.queues import Claim
from storage.taxonomies import TaxonomyVersion
from storage.taxonomy_jobs import Task, TaxonomyJob
from workers import taxonomy_read, taxonomy_registry, taxonomy_trust
from workers.taxonomy_refit import fit_anew, fit_bundle, training_data
from workers.taxonomy_registry import OwnTagger
from workers.taxonomy_results import written_diff, written_gaps, written_queue
from workers.taxonomy_telling import CancelledError, StoppedError, Tell, Teller, ToldVectors
from workers.taxonomy_tune import tuned

Given = Mapping[str, Any]
_TEXTS = 256


@dataclass(frozen=True)
class Bench:
    """What jobs work with.

    Attributes
    ----------
    tagger : callable
        Gives the tagger, loading it where that was not done yet.
    stopping : callable
        Whether this process is to stop.
    """

    settings: Settings
    database: Database
    tagger: Callable[[], object]
    stopping: Callable[[], bool] = lambda: False

    @property
    def own(self) -> OwnTagger:
        """The tagger, for own taxonomies."""
        tagger = self.tagger()
        if not hasattr(tagger, "read_own"):
            raise TaxonomyError("the tagger that THROUGHLINE_TAGGER names knows no own taxonomies")
        return cast(OwnTagger, tagger)


@dataclass(frozen=True)
class Outcome:
    """What comes of a job: a version to keep, or something to read."""

    version: TaxonomyVersion | None = None
    artefact: bytes = b""
    result: Mapping[str, JsonValue] | None = None


def run(bench: Bench, claim: Claim) -> bool:
    """Do a job that was claimed; False where the claim was lost or given back meanwhile."""
    with bench.database.reading() as session:
        job = taxonomy_jobs.get(session, claim.subject_id)
        given = taxonomy_jobs.given(session, claim.subject_id)
    if job is None or given is None:  # it is over
        return bench.database.run(lambda session: work.done(session, claim))
    tell = Teller(bench.database, job.id, bench.stopping)
    try:
        outcome = _TASKS[job.task](bench, job, given, tell)
    except CancelledError:
        return False
    except StoppedError:
        bench.database.run(lambda session: work.release(session, [claim], now()))
        return False
    except TaxonomyError as error:
        why = str(error)
        return bench.database.run(lambda session: _refuse(session, claim, why))
    return bench.database.run(lambda session: _finish(session, claim, outcome))


def _refuse(session: Session, claim: Claim, why: str) -> bool:
    if not work.hold(session, claim):
        return False
    taxonomy_jobs.refuse(session, claim.subject_id, why, now())
    return work.done(session, claim)


def _finish(session: Session, claim: Claim, outcome: Outcome) -> bool:
    """Keep what came of it and end the job, both or neither."""
    if not work.done(session, claim):
        return False
    if taxonomy_jobs.asked_anew(session, claim.subject_id):  # words in it were erased meanwhile
        return False
    version = None
    if outcome.version is not None:
        version = taxonomies.add(session, outcome.version, outcome.artefact).version
    result = outcome.result and taxonomy_erasure.still_there(session, outcome.result)
    taxonomy_jobs.finish(session, claim.subject_id, now(), version=version, result=result)
    return True


def _train(bench: Bench, job: TaxonomyJob, given: Given, tell: Tell) -> Outcome:
    examples = _hidden(_pairs(given["examples"]), tell)
    vectors = ToldVectors(bench.own.vectors, tell)
    adapter = tuned(bench.settings, examples, tell) if given["tune"] else None
    bundle = fit_bundle(
        vectors,
        job.name,
        examples,
        given["descriptions"],
        wrong_costs=given["wrong_costs"],
        adapter=adapter,
    )
    more: dict[str, JsonValue] = {"left_out": bundle.taxonomy.left_out, "job": job.id}
    version = taxonomy_registry.described(bundle, more=more)
    return Outcome(version, bundle.to_bytes())


def _hidden(pairs: Sequence[Labelled], tell: Tell) -> list[Labelled]:
    """Hide identifiers here and not in the call, which somebody waits for."""
    found: list[Labelled] = []
    while len(found) < len(pairs):
        tell("hiding identifiers", len(found), len(pairs))
        found += without_identifiers(pairs[len(found) : len(found) + _TEXTS])
    return found


def _report(bench: Bench, job: TaxonomyJob, given: Given, tell: Tell) -> Outcome:
    version = taxonomy_registry.find(bench.database, job.name, given["version"])
    adapter = taxonomy_registry.load(bench.database, version).taxonomy.adapter
    data = training_data(bench.database, version)
    if not data:
        raise TaxonomyError("the version has no example to leave out: it was made of descriptions")
    vectors = bench.own.vectors
    told = ToldVectors(vectors, tell)
    read_texts(told if adapter is None else told.tuned(adapter), [text for text, _ in data])
    answers = crossed(
        vectors, data, lambda share: tell("leaving out", round(100 * share), 100), adapter
    )
    if not answers:
        raise TaxonomyError("tuning left no example out that could be asked about")
    found = label_report([hiding(answer) for answer in answers])
    return Outcome(result={"version": version.version, "report": as_json(found)})


def _trust_sample(bench: Bench, job: TaxonomyJob, given: Given, tell: Tell) -> Outcome:
    version, taxonomy = _version(bench, job, given["version"])
    lines = taxonomy_trust.sample(
        bench.database,
        bench.own,
        version,
        taxonomy,
        given["count"],
        given["most"],
        _reading(tell),
    )
    return Outcome(result={"version": version.version, "sample": _json([asdict(x) for x in lines])})


def _trust_report(bench: Bench, job: TaxonomyJob, given: Given, tell: Tell) -> Outcome:
    version, taxonomy = _version(bench, job, given["version"])
    rows = [{**line, "version": version.version} for line in given["labels"]]
    lines, bad, _ = taxonomy_trust.read_sheet(rows, version.version, taxonomy.head.labels)
    judged = taxonomy_trust.judge(bench.database, bench.own, taxonomy, lines, _reading(tell))
    if not judged:
        raise TaxonomyError("no label can be used: is each one of the taxonomy's, or oos?")
    found = trust(judged, given["error_cost"])
    refused = [{"index": one.number - 1, "field": one.field, "reason": one.reason} for one in bad]
    safe = found.safe
    trusted = {
        **asdict(found),
        "safe_from": None if safe is None else safe.threshold,
        "verdict": taxonomy_trust.verdict(found),
    }
    return Outcome(
        result={"version": version.version, "trust": _json(trusted), "refused": _json(refused)}
    )


def _refit(bench: Bench, job: TaxonomyJob, given: Given, tell: Tell) -> Outcome:
    base = taxonomy_registry.find(bench.database, job.name, given["version"])
    made = fit_anew(bench.database, bench.own.vectors, base, tell)
    gain = None if made.gain is None else asdict(made.gain)
    result = {"version": made.version.version, "gain": _json(gain)}
    return Outcome(made.version, made.bundle.to_bytes(), result)


def _diff(bench: Bench, job: TaxonomyJob, given: Given, tell: Tell) -> Outcome:
    after, new = _version(bench, job, given["version"])
    before, old = _version(bench, job, given["against"])
    told = _reading(tell)
    found = taxonomy_read.diff(bench.database, bench.own, old, new, given["most"], told)
    return Outcome(result={"version": after.version, "diff": written_diff(before, after, found)})


def _queue(bench: Bench, job: TaxonomyJob, given: Given, tell: Tell) -> Outcome:
    version, taxonomy = _version(bench, job, given["version"])
    found = taxonomy_read.next_to_label(
        bench.database, bench.own, taxonomy, given["count"], given["most"], _reading(tell)
    )
    return Outcome(result={"version": version.version, "queue": written_queue(found)})


def _gaps(bench: Bench, job: TaxonomyJob, given: Given, tell: Tell) -> Outcome:
    version, taxonomy = _version(bench, job, given["version"])
    found = taxonomy_read.gaps(
        bench.database, bench.own, taxonomy, given["least"], given["most"], _reading(tell)
    )
    return Outcome(result={"version": version.version, "gaps": written_gaps(found)})


def _version(bench: Bench, job: TaxonomyJob, which: str) -> tuple[TaxonomyVersion, OwnTaxonomy]:
    version = taxonomy_registry.find(bench.database, job.name, which)
    return version, taxonomy_registry.load(bench.database, version).taxonomy


def _reading(tell: Tell) -> Callable[[int, int], None]:
    return partial(tell, "reading conversations")


_TASKS: Mapping[Task, Callable[[Bench, TaxonomyJob, Given, Tell], Outcome]] = {
    Task.TRAIN: _train,
    Task.REPORT: _report,
    Task.TRUST_SAMPLE: _trust_sample,
    Task.TRUST_REPORT: _trust_report,
    Task.REFIT: _refit,
    Task.DIFF: _diff,
    Task.QUEUE: _queue,
    Task.GAPS: _gaps,
}


def written(examples: Sequence[Labelled]) -> JsonValue:
    """Write examples as a training takes them."""
    return [[text, said if isinstance(said, str) else list(said)] for text, said in examples]


def _pairs(rows: Sequence[tuple[str, str | list[str]]]) -> list[Labelled]:
    return [(text, said if isinstance(said, str) else one_or_several(said)) for text, said in rows]


def _json(value: object) -> JsonValue:
    loaded: JsonValue = orjson.loads(orjson.dumps(value))
    return loaded
