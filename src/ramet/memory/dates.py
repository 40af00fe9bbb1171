"""Dates in English text, as intervals of days.

Explicit dates ("8 May 2023", "May 8th", "2023-05-08", "in July", "in 2021") need nothing else; one without a year
recurs every year. Relative ones ("yesterday", "two weeks ago", "last Friday") are resolved against a reference day and
ignored without one. Purely numeric dates other than ISO 8601 are ambiguous between countries and are not read.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH_OF = {name: number for number, name in enumerate(_MONTHS, 1)}
_MONTH_OF |= {name[:3]: number for name, number in _MONTH_OF.items()} | {"sept": 9}
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_COUNT_OF = dict(
    zip("a an one two three four five six seven eight nine ten".split(), (1, 1, *range(1, 11)), strict=True)
)
_COUNT_OF |= {"a couple of": 2, "a few": 3, "several": 3}
_DAYS_OF = {"day": 1, "week": 7, "month": 30, "year": 365}

_MONTH = r"(?P<month>" + "|".join([*_MONTHS, "sept", *(name[:3] for name in _MONTHS if name != "may")]) + r")\b\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:1[89]|20)\d\d)"
_COUNT = r"(?P<count>\d{1,3}|" + "|".join(sorted(_COUNT_OF, key=len, reverse=True)) + ")"
_HINT = re.compile(
    r"\d|\b(?:" + "|".join(name[:3] for name in _MONTHS) + r"|yest|tod|toni|tomo|last|past|this|next|ago\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DateSpan:
    """A mention of time: `text[start:end]` means the days from `first` to `last`, both included.

    With `recurs`, the mention named no year: `first` and `last` stand for the same days of any year.
    """

    start: int
    end: int
    first: date
    last: date
    recurs: bool = False


def find(text: str, reference: date | None = None) -> list[DateSpan]:
    """Return the dates that `text` mentions, in order, without overlaps; the earlier rule wins where two match.

    Impossible dates ("31 June") and those outside the years 1 to 9999 are left out. Linear in the length of `text`.
    """
    found: list[DateSpan] = []
    if not _HINT.search(text):
        return found
    for pattern, resolve in _RULES:
        for match in pattern.finditer(text):
            if any(match.start() < span.end and span.start < match.end() for span in found):
                continue
            days = _attempt(resolve, match, reference)
            if days:
                found.append(DateSpan(match.start(), match.end(), *days))
    return sorted(found, key=lambda span: span.start)


_Days = tuple[date, date, bool]
_Resolver = Callable[[re.Match[str], date | None], _Days | None]


def _attempt(resolve: _Resolver, match: re.Match[str], reference: date | None) -> _Days | None:
    try:
        return resolve(match, reference)
    except (ValueError, OverflowError):  # how `datetime.date` refuses a day that the calendar does not have
        return None


def _day(match: re.Match[str], _: date | None) -> _Days:
    named_year = match["year"]
    day = date(int(named_year or 2000), _month_number(match["month"]), int(match["day"]))
    return day, day, not named_year


def _month(match: re.Match[str], _: date | None) -> _Days:
    named_year = match["year"]
    first, last = _whole_month(int(named_year or 2000), _month_number(match["month"]))
    return first, last, not named_year


def _year(match: re.Match[str], _: date | None) -> _Days:
    year = int(match["year"])
    return date(year, 1, 1), date(year, 12, 31), False


def _named_day(match: re.Match[str], reference: date | None) -> _Days | None:
    offsets = {"the day before yesterday": -2, "yesterday": -1, "last night": -1, "tomorrow": 1}
    return _shifted(reference, offsets.get(match[0].lower(), 0)) if reference else None


def _ago(match: re.Match[str], reference: date | None) -> _Days | None:
    if reference is None:
        return None
    count = int(match["count"]) if match["count"].isdigit() else _COUNT_OF[match["count"].lower()]
    unit = _DAYS_OF[match["unit"].lower()]
    centre = reference - timedelta(days=count * unit)
    slack = timedelta(days=unit // 4)
    return centre - slack, centre + slack, False


def _relative_period(match: re.Match[str], reference: date | None) -> _Days | None:
    if reference is None:
        return None
    step = {"last": -1, "past": -1, "this": 0, "next": 1}[match["which"].lower()]
    first, last = _PERIODS[match["period"].lower()](reference, step)
    return first, last, False


def _relative_weekday(match: re.Match[str], reference: date | None) -> _Days | None:
    if reference is None:
        return None
    ahead = (_WEEKDAYS.index(match["weekday"].lower()) - reference.weekday()) % 7
    days = {"last": ahead - 7, "this": ahead, "next": ahead or 7}[match["which"].lower()]
    return _shifted(reference, days)


def _shifted(reference: date, days: int) -> _Days:
    day = reference + timedelta(days=days)
    return day, day, False


def _month_number(name: str) -> int:
    return _MONTH_OF[name.lower()]


def _whole_month(year: int, month: int) -> tuple[date, date]:
    following = date(year + month // 12, month % 12 + 1, 1) if year < MAXYEAR else date(year, 12, 31)
    return date(year, month, 1), following - timedelta(days=1)


def _week(reference: date, step: int) -> tuple[date, date]:
    monday = reference - timedelta(days=reference.weekday()) + timedelta(weeks=step)
    return monday, monday + timedelta(days=6)


def _weekend(reference: date, step: int) -> tuple[date, date]:
    monday, sunday = _week(reference, step)
    return monday + timedelta(days=5), sunday


def _month_from(reference: date, step: int) -> tuple[date, date]:
    index = reference.year * 12 + reference.month - 1 + step
    return _whole_month(index // 12, index % 12 + 1)


def _year_from(reference: date, step: int) -> tuple[date, date]:
    return date(reference.year + step, 1, 1), date(reference.year + step, 12, 31)


_PERIODS: dict[str, Callable[[date, int], tuple[date, date]]] = {
    "week": _week,
    "weekend": _weekend,
    "month": _month_from,
    "year": _year_from,
}


def _rules() -> Iterator[tuple[re.Pattern[str], _Resolver]]:
    table: list[tuple[str, _Resolver]] = [
        (r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b", _iso_day),
        (rf"\b{_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR}\b)?", _day),
        (rf"\b{_MONTH}\s+{_DAY}\b(?:,?\s+{_YEAR}\b)?", _day),
        (rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}\b", _month),
        (
            rf"\b(?:in|of|since|during|by|until|before|after|early|late|mid|last|this|next)[\s-]+{_MONTH}(?P<year>(?!))?",
            _month,
        ),
        (rf"\b(?:in|of|since|during|by|until|before|after|year)\s+{_YEAR}\b", _year),
        (r"\b(?:the day before yesterday|yesterday|last night|today|tonight|tomorrow)\b", _named_day),
        (rf"\b{_COUNT}\s+(?P<unit>day|week|month|year)s?\s+ago\b", _ago),
        (r"\b(?P<which>last|past|this|next)\s+(?P<period>weekend|week|month|year)\b", _relative_period),
        (rf"\b(?P<which>last|this|next)\s+(?P<weekday>{'|'.join(_WEEKDAYS)})\b", _relative_weekday),
    ]
    for pattern, resolve in table:
        yield re.compile(pattern, re.IGNORECASE), resolve


def _iso_day(match: re.Match[str], _: date | None) -> _Days | None:
    year = int(match["year"])
    if not MINYEAR <= year <= MAXYEAR:
        return None
    day = date(year, int(match["month"]), int(match["day"]))
    return day, day, False


_RULES = tuple(_rules())
