"""How long work on own taxonomies is asked for: 202, and where to follow it."""

from typing import Annotated

import orjson
from fastapi import Depends
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.auth import Principal, Scope, require
from api.once import Once, once
from api.routing import VERSION
from api.schemas.taxonomy_job import TaxonomyJobView
from domain.base import now
from storage import taxonomy_jobs
from storage.taxonomy_jobs import Given, Task

Post = Annotated[Once, Depends(once)]
Writer = Annotated[Principal, Depends(require(Scope.WRITE))]
Reader = Annotated[Principal, Depends(require(Scope.READ))]


def ask(post: Once, name: str, task: Task, given: Given, caller: Principal) -> Response:
    """Begin a job, or give the one that is open for the same; ``Location`` tells where it is."""

    def work(session: Session) -> TaxonomyJobView:
        job = taxonomy_jobs.begin(session, name, task, given, caller.name, now())
        return TaxonomyJobView.of(job)

    answer = post.answer(202, work)
    id_ = orjson.loads(bytes(answer.body))["id"]
    answer.headers["Location"] = f"{VERSION}/taxonomy-jobs/{id_}"
    return answer
