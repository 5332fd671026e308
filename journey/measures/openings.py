"""How every number of a page opens without a script, and how pages are put together.

Contacts stand once on the page, each with a class for every number that it stands behind. A number
is a link to a mark of its own; while that mark is the target, style rules show the list and hide
what does not belong to the number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from journey.measures import say
from journey.measures.ask import Opening
from journey.measures.behind import Behind
from journey.pages import environment


@dataclass(frozen=True)
class Mark:
    """One number, opened."""

    id: str
    words: str
    path: str
    here: frozenset[int]
    """Places of the contacts on the page that stand behind it."""


@dataclass
class Openings:
    """The contacts on a page, the latest first, and the numbers that open to them."""

    contacts: Sequence[Behind]
    marks: dict[str, Mark] = field(default_factory=dict)

    def link(self, text: str, words: str, path: str | None) -> Markup:
        """Write a number as a link that opens it.

        Parameters
        ----------
        words : str
            What the contacts are.
        path : str or None
            Where the API lists them; None writes the number alone.
        """
        if path is None:
            return Markup("{}").format(text)
        mark = self.marks.get(path)
        if mark is None:
            where = Opening.at(path)
            here = frozenset(n for n, one in enumerate(self.contacts) if one.stands(where))
            mark = self.marks[path] = Mark(f"n{len(self.marks)}", words, path, here)
        return Markup('<a href="#{}" aria-label="{}">{}</a>').format(
            mark.id, f"{text}: {words}, open", text
        )

    def classes(self, place: int) -> str:
        """Give the classes of one contact."""
        return " ".join(f"{mark.id}c" for mark in self.marks.values() if place in mark.here)

    @property
    def rules(self) -> Markup:
        """Give the style rules."""
        return Markup(  # noqa: S704 - made of our own names alone
            "\n".join(
                f"body:has(#{m.id}:target) .k:not(.{m.id}c){{display:none}}"
                for m in self.marks.values()
            )
        )


def render(name: str, contacts: Sequence[Behind], given: Mapping[str, object]) -> str:
    """Write a page from a template of ``journey/``.

    Parameters
    ----------
    name : str
        Such as ``drivers/drivers.html.j2``.
    contacts : sequence of Behind
        That numbers open to.
    given : mapping
        What the template names, beside ``open`` and ``say``.
    """
    openings = Openings(contacts)
    here = {one.conversation_id for one in contacts}
    template = environment().get_template(name)
    return template.render(open=openings, say=say, contacts=contacts, here=here, **given)
