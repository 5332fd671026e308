"""How templates of pages are read: data is escaped, and a missing name is a fault."""

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

STACK = Markup("""
@media screen and (max-width: 40rem) {
  .stack, .stack caption, .stack tbody, .stack th, .stack td { display: block; }
  .stack thead { display: none; }
  .stack tr { display: grid; grid-template-columns: 1fr 1fr; gap: .15rem .8rem; border-bottom: 1px solid var(--line); padding: .6rem 0; }
  .stack th, .stack td.whole { grid-column: 1 / -1; }
  .stack th, .stack td { border: 0; padding: .1rem 0; min-width: 0; text-align: left; overflow-wrap: anywhere; }
  .stack td.n { white-space: normal; text-align: left; }
  .stack td::before { content: attr(data-head); color: var(--soft); display: block; font-size: .8rem; }
}""")  # noqa: E501
"""Style of tables with the class ``stack``: on a phone each row is a block that says its heads
(``data-head``) itself, so that nothing lies beyond the edge."""


def environment(*folders: Path, **filters: Callable[..., object]) -> Environment:
    """Give what reads the templates of ``journey/``, which extend ``base.html.j2``.

    Parameters
    ----------
    *folders : Path
        Where templates lie besides.
    **filters : callable
        What templates may apply to values, by name.
    """
    made = Environment(
        loader=FileSystemLoader([*folders, Path(__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(filters)
    made.globals["stack"] = STACK
    return made
