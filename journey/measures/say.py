"""Numbers and codes in plain words."""

from journey.measures.ask import Ask, Measure
from journey.measures.sums import Figure

HEADS = {
    Measure.FIRST: "Settled at the first contact",
    Measure.REPEAT: "Came back",
    Measure.REOPENED: "Reopened",
    Measure.ESCALATED: "Escalated",
    Measure.RESOLVED: "Resolved",
    Measure.CSAT: "Rated 4 or 5",
    Measure.SATISFACTION: "Satisfaction, read",
    Measure.EFFORT: "Effort",
    Measure.TIME: "Half resolved within",
    Measure.COST: "Cost of a journey",
}
_SHARES = frozenset(
    {
        Measure.FIRST,
        Measure.REPEAT,
        Measure.REOPENED,
        Measure.ESCALATED,
        Measure.RESOLVED,
        Measure.CSAT,
    }
)


def percent(share: float | None) -> str:
    """Write a share: ``56 %``, ``4.5 %``."""
    if share is None:
        return "-"
    return f"{share * 100:.1f} %" if 0 < abs(share) < 0.0995 else f"{share * 100:.0f} %"


def points(difference: float) -> str:
    """Write a difference of shares: ``-4.1``."""
    return f"{difference * 100:+.1f}"


def span(seconds: float | None) -> str:
    """Write a time in the largest unit that fits."""
    if seconds is None:
        return "-"
    for unit, size in (("days", 86_400), ("hours", 3_600), ("min", 60)):
        if seconds >= 2 * size or unit == "min":
            return f"{seconds / size:.1f} {unit}"
    raise AssertionError("unreachable")


def hours(count: float) -> str:
    """Write a window."""
    return f"{count / 24:.0f} days" if count % 24 == 0 and count > 24 else f"{count:g} hours"


def value(measure: Measure, number: float | None, currency: str = "") -> str:
    """Write a value in the unit of its measure."""
    if number is None:
        return "-"
    if measure in _SHARES:
        return percent(number)
    if measure is Measure.TIME:
        return span(number)
    if measure is Measure.COST:
        return money(number, currency)
    return f"{number:.1f}"


def ends(measure: Measure, figure: Figure, currency: str = "") -> str:
    """Write the ends of an interval; nothing where there is none."""
    if figure.low is None and figure.high is None:
        return ""
    low = value(measure, figure.low, currency)
    high = value(measure, figure.high, currency) if figure.high is not None else "more than seen"
    if measure in _SHARES:
        return f"{(figure.low or 0) * 100:.0f} to {(figure.high or 0) * 100:.0f}"
    return f"{low} to {high}"


def money(amount: float, currency: str) -> str:
    """Write an amount; whole from a hundred on."""
    told = f"{amount:,.0f}" if abs(amount) >= 100 else f"{amount:,.1f}"
    return f"{told} {currency}".strip()


def number(count: float) -> str:
    """Write a count; one digit behind the point below ten."""
    return f"{count:,.0f}" if abs(count) >= 10 or count == int(count) else f"{count:,.1f}"


def period(ask: Ask) -> str:
    """Say which contacts are looked at."""
    told = []
    if ask.first and ask.last:
        told.append(f"{ask.first:%-d %B %Y} to {ask.last:%-d %B %Y}, UTC")
    for name in ("need", "channel", "brand"):
        wanted = getattr(ask, name)
        if wanted:
            told.append(f"{name} {wanted.replace('_', ' ')}")
    return "; ".join(told) or "all contacts"


def code(name: str) -> str:
    """Write a code the way it is said."""
    return "not known" if name == "(none)" else name.replace("_", " ")
