"""Themes: read them, open them to conversations, and have them found anew."""

from typing import Annotated

from fastapi import Body, Depends, Path, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api import cursor
from api.auth import Scope, require
from api.once import Once, once
from api.problems import Problem, declared, not_found
from api.routing import resource
from api.schemas.conversation import ConversationSummary
from api.schemas.page import Page
from api.schemas.theme import (
    REFIT_EXAMPLE,
    LedgerView,
    ProposalView,
    RefitAccepted,
    RefitRequest,
    ThemeConversation,
    ThemeConversationQuery,
    ThemeQuery,
    ThemeStatement,
    ThemeSummary,
    ThemeView,
)
from api.state import State, state_of
from domain.base import now
from domain.signal import SignalKind
from storage import (
    conversations,
    jobs,
    search,
    theme_assignments,
    theme_ledger,
    theme_models,
    theme_statements,
    themes,
    work,
)
from storage.search import ConversationFilter, SignalFilter
from workers.themes_sample import TooFewError, space_of
from workers.themes_work import DRY_RUN, SUBJECT

router = resource("Themes")
ThemeId = Annotated[str, Path(max_length=64, examples=["thm_3f2a9c0d1e4b5a6978879605"])]
READER = Depends(require(Scope.READ))


@router.get(
    "/themes",
    operation_id="list_themes",
    summary="The recurring reasons for contact",
    dependencies=[READER],
    responses=declared(422, 503),
)
def list_themes(
    query: Annotated[ThemeQuery, Query()], state: Annotated[State, Depends(state_of)]
) -> Page[ThemeSummary]:
    """List themes, those with the most conversations first.

    Counts can be narrowed to conversations that started in a time. Stop at an empty token.
    """
    listing = cursor.name("themes", query.model_copy(update={"page_token": "", "page_size": 1}))
    after = cursor.decode(query.page_token, listing)
    with state.database.reading() as session:
        has = theme_assignments.counts(session, query.started_from, query.started_before)
        known = [one for one in themes.every(session) if one.state is query.state]
        size = {one.id: has[one.id].conversations if one.id in has else 0 for one in known}
        rows = [one for one in known if query.parent_id in (None, one.parent_id)]
        rows = [one for one in rows if size[one.id] >= query.min_conversations]
        rows.sort(key=lambda one: (-size[one.id], one.id))
        first = next((n for n, one in enumerate(rows, 1) if after and one.id == after[1]), 0)
        page = rows[first : first + query.page_size]
        quotes = theme_statements.quotes(session, [id_ for one in page for id_ in one.example_ids])
    more = first + query.page_size < len(rows)
    end = (str(size[page[-1].id]), page[-1].id) if more else None
    items = [
        ThemeSummary.of(
            theme, has.get(theme.id), [quotes[id_] for id_ in theme.example_ids if id_ in quotes]
        )
        for theme in page
    ]
    return Page(items=items, next_page_token=cursor.encode(end, listing))


@router.post(
    "/themes/refit",
    operation_id="refit_themes",
    summary="Find the themes anew",
    status_code=202,
    response_model=RefitAccepted,
    dependencies=[Depends(require(Scope.WRITE))],
    responses=declared(409, 413, 415, 422, 503),
)
def refit_themes(
    body: Annotated[RefitRequest, Body(openapi_examples={"dry run": {"value": REFIT_EXAMPLE}})],
    post: Annotated[Once, Depends(once)],
) -> Response:
    """Have all reasons for contact read again by a worker of its own.

    The present themes stay until the new ones are whole. Ids, names and what people decided are
    carried over, and the ledger tells what became of each theme. After a dry run the refit
    takes up the same fit. Where too few conversations are there the answer is 422.
    """

    def ask(session: Session) -> RefitAccepted:
        try:
            space_of(session)
        except TooFewError as error:
            raise Problem(422, f"{error}.", slug="too-few-conversations") from error
        moment, subject = now(), DRY_RUN if body.dry_run else SUBJECT
        job = jobs.create(session, jobs.JobKind.THEMES, moment)
        work.add(session, work.Kind.REFIT, subject, moment)
        jobs.follow(session, job, work.Kind.REFIT, [subject])
        jobs.received(session, job, moment)
        return RefitAccepted(id=job, dry_run=body.dry_run)

    return post.answer(202, ask)


@router.get(
    "/themes/proposal",
    operation_id="get_theme_proposal",
    summary="What a dry run found",
    dependencies=[READER],
    responses=declared(404, 503),
)
def get_theme_proposal(state: Annotated[State, Depends(state_of)]) -> ProposalView:
    """Show what would become of the themes if the last fit went live."""
    with state.database.reading() as session:
        found = theme_models.proposal(session)
    if found is None:
        raise not_found("proposal", "now: post a refit with `dry_run`")
    return ProposalView(
        version=found.version,
        made_at=found.made_at,
        facts=found.facts,
        ledger=[LedgerView.of(entry) for entry in found.ledger],
    )


@router.get(
    "/themes/{theme_id}",
    operation_id="get_theme",
    summary="One theme with its examples and its lineage",
    dependencies=[READER],
    responses=declared(404, 422, 503),
)
def get_theme(theme_id: ThemeId, state: Annotated[State, Depends(state_of)]) -> ThemeView:
    """Give a theme: phrases, examples in redacted form, its family, and what became of it.

    The id of a theme that was merged into another one leads to that one.
    """
    with state.database.reading() as session:
        return opened(session, theme_id)


@router.get(
    "/themes/{theme_id}/conversations",
    operation_id="list_theme_conversations",
    summary="The conversations behind a theme",
    dependencies=[READER],
    responses=declared(404, 422, 503),
)
def list_theme_conversations(
    theme_id: ThemeId,
    query: Annotated[ThemeConversationQuery, Query()],
    state: Annotated[State, Depends(state_of)],
) -> Page[ThemeConversation]:
    """List the conversations that have a theme, the last started first, with the words for it."""
    with state.database.reading() as session:
        theme = themes.get(session, theme_id)
        if theme is None:
            raise not_found("theme")
        wanted = ConversationFilter(
            started_from=query.started_from,
            started_before=query.started_before,
            signal=SignalFilter(kind=SignalKind.THEME, label=theme.id),
        )
        listing = cursor.name("theme", wanted)
        after = cursor.decode(query.page_token, listing)
        page = search.conversation_page(session, wanted, query.page_size, after)
        found = conversations.get_many(session, page.ids)
        said = theme_assignments.of_conversations(session, page.ids)
        mine = {
            id_: [one for one in said.get(id_, ()) if one.theme_id == theme.id] for id_ in page.ids
        }
        quotes = theme_statements.quotes(
            session, [one.statement_id for several in mine.values() for one in several]
        )
    items = [
        ThemeConversation(
            conversation=ConversationSummary.of(found[id_]),
            statements=[
                ThemeStatement.told(quotes[one.statement_id], one)
                for one in mine[id_]
                if one.statement_id in quotes
            ],
        )
        for id_ in page.ids
    ]
    return Page(items=items, next_page_token=cursor.encode(page.next, listing))


def opened(session: Session, theme_id: str) -> ThemeView:
    """Show a theme whole.

    Raises
    ------
    Problem
        404.
    """
    theme = themes.get(session, theme_id)
    if theme is None:
        raise not_found("theme")
    quotes = theme_statements.quotes(session, theme.example_ids)
    return ThemeView.opened(
        theme,
        theme_assignments.counts(session).get(theme.id),
        [quotes[id_] for id_ in theme.example_ids if id_ in quotes],
        themes.children(session, theme.id),
        theme_ledger.of_theme(session, theme.id),
        theme_id,
    )
