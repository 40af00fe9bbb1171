"""Dates inside statements: "yesterday", "last Friday", "in May", "two weeks ago" written out against the day said.

Days are those of UTC; weeks start on Monday (ISO 8601). A day or month without a year is the nearest one in the
direction of the clause's tense.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ramet.kernel.clock import LATEST_US

MICROSECONDS_PER_DAY: Final = 86_400_000_000

_MONTHS: Final = tuple("january february march april may june july august september october november december".split())
_WEEKDAYS: Final = tuple("monday tuesday wednesday thursday friday saturday sunday".split())
_SEASONS: Final = {"spring": 3, "summer": 6, "fall": 9, "autumn": 9, "winter": 12}
_NUMBERS: Final = {
    "a": 1, "an": 1, "one": 1, "two": 2, "a couple of": 2, "couple of": 2, "three": 3, "a few": 3, "few": 3, "four": 4,
    "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
_VAGUE_NUMBERS: Final = frozenset({"a couple of", "couple of", "a few", "few"})
_KEPT_PREPOSITIONS: Final = frozenset("by until till since from for before after of starting during".split())
_UNIX_DAY_ZERO: Final = date(1970, 1, 1).toordinal()

_MONTH = "(?:" + "|".join(m.title() for m in _MONTHS) + r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
_DAY = r"[0-3]?\d(?:st|nd|rd|th)?"
_COUNT = r"\d{1,4}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)).replace(" ", r"\ ")
_WEEKDAY = "|".join(_WEEKDAYS)
_NAMED = f"(?i:{_WEEKDAY}|{'|'.join(m for m in _MONTHS if m != 'may')}|{'|'.join(_SEASONS)})|May"

_CUE = re.compile(
    r"\d|day|tonight|tomorrow|last|next|this|past|coming|ago\b|\bin (?:an?|one|two|three|four|five|six|ten) |"
    + "|".join(m[:3].title() for m in _MONTHS)
)
_DATE = re.compile(
    rf"""(?<![\w/-])
    (?:(?i:(?P<prep>on|in|at|by|until|till|since|from|for|before|after|of|starting|during|about|around))\ )?(?:
    (?i:(?P<day>yesterday|today|tomorrow|tonight|last\ night)(?:\ (?P<part>morning|afternoon|evening|night))?)
  | (?i:(?P<ago>{_COUNT})\ (?P<ago_unit>day|week|weekend|month|year)s?\ ago)
  | (?i:the\ )?(?i:(?P<rel>last|next|this\ past|this\ coming|this|past|coming)\ )
    (?P<what>(?i:week(?:end)?|month|year|morning|afternoon|evening)|{_NAMED})
  | (?P<iso>\d{{4}}-\d\d-\d\d)
  | (?:the\ )?(?P<d1>{_DAY})\ (?:of\ )?(?P<m1>{_MONTH})(?:,?\ (?P<y1>(?:19|20)\d\d))?
  | (?P<m2>{_MONTH})\ (?P<d2>{_DAY})(?!\d)(?:,?\ (?P<y2>(?:19|20)\d\d))?
  | (?P<m3>{_MONTH})(?:\ (?P<y3>(?:19|20)\d\d))?
  | (?P<wday>(?i:{_WEEKDAY}))
  | (?i:(?P<ahead>{_COUNT})\ (?P<ahead_unit>day|week|month|year)s?)
  | (?P<year>(?:19|20)\d\d)
    )(?!['\u2019]s|[\w-])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Dated:
    """A clause whose relative dates are written out, and the days that its first date names.

    ``from_us`` and ``to_us`` are the start of the first day and the end of the last; ``None`` when nothing is dated.
    ``since`` tells that the clause holds from that date on.
    """

    text: str
    from_us: int | None = None
    to_us: int | None = None
    since: bool = False


@dataclass(frozen=True, slots=True)
class _Period:
    first: date
    last: date
    phrase: str
    bare: str


_Groups = Mapping[str, str | None]
_Builder = Callable[[_Groups, date, bool], _Period | None]


def resolve(clause: str, said_us: int, *, past: bool) -> Dated:
    """Write out the dates of `clause`, said at `said_us` (microseconds since the Unix epoch; 0 means unknown).

    `past` is the tense: it tells whether "on Friday" lies behind or ahead. Text without a date comes back unchanged,
    and so does one whose day is unknown. Linear in the length of `clause`.
    """
    today = _day_of(said_us)
    if today is None or not _CUE.search(clause):
        return Dated(clause)
    found: list[tuple[_Period, str]] = []

    def write_out(match: re.Match[str]) -> str:
        period = _period(match.groupdict(), today, past)
        if period is None:
            return match[0]
        prep = (match["prep"] or "").lower()
        found.append((period, prep))
        if match.start() == 0 and not prep:
            return period.bare
        if prep in {"about", "around"}:
            return f"around {period.bare.removeprefix('around ')}"
        return f"{match['prep']} {period.bare}" if prep in _KEPT_PREPOSITIONS else period.phrase

    text = _DATE.sub(write_out, clause)
    if not found:
        return Dated(clause)
    period, prep = found[0]
    until_us = min(_midnight_us(period.last) + MICROSECONDS_PER_DAY, LATEST_US)  # 9999-12-31 has no day after it
    return Dated(text, _midnight_us(period.first), until_us, prep == "since")


def leading_date(clause: str) -> int:
    """Return where the clause goes on after a date that opens it ("Last week, I …"), or 0."""
    match = _DATE.match(clause)
    if not match or ((match["m3"] or match["ahead"] or match["year"]) and not match["prep"]):
        return 0
    rest = clause[match.end() :]
    return len(clause) - len(rest.lstrip(" ,"))


def _period(groups: _Groups, today: date, past: bool) -> _Period | None:  # noqa: FBT001 - a tense
    for key, build in _BUILDERS:
        if groups[key] is not None:
            try:
                return build(groups, today, past)
            except (ValueError, OverflowError):  # 31 June, or a year outside the calendar
                return None
    return None


def _relative_day(groups: _Groups, today: date, past: bool) -> _Period:  # noqa: ARG001, FBT001 - one signature
    word = (groups["day"] or "").lower()
    offset = {"yesterday": -1, "last night": -1, "tomorrow": 1}.get(word, 0)
    part = (groups["part"] or "").lower() or {"tonight": "evening", "last night": "night"}.get(word, "")
    return _part_of_day(today + timedelta(days=offset), part)


def _ago(groups: _Groups, today: date, past: bool) -> _Period:  # noqa: ARG001, FBT001 - one signature
    return _shifted(today, groups["ago"] or "", groups["ago_unit"] or "", -1)


def _ahead(groups: _Groups, today: date, past: bool) -> _Period | None:  # noqa: FBT001 - a tense
    if past or (groups["prep"] or "").lower() != "in":
        return None  # "built it in two weeks" is a duration
    return _shifted(today, groups["ahead"] or "", groups["ahead_unit"] or "", 1)


def _shifted(today: date, count_text: str, unit_text: str, sign: int) -> _Period:
    word, unit = count_text.lower(), unit_text.lower()
    count = sign * (_NUMBERS.get(word) or int(word))
    if unit == "year":
        return _whole_year(today.year + count)
    if unit == "month":
        return _month_at(today.year, today.month + count)
    if unit == "weekend":
        return _weekend_of(today + timedelta(weeks=count))
    exact = unit == "day" and word not in _VAGUE_NUMBERS
    day = today + (timedelta(days=count) if unit == "day" else timedelta(weeks=count))
    return _whole_day(day) if exact else _Period(day, day, f"around {_say(day)}", f"around {_say(day)}")


def _relative_period(groups: _Groups, today: date, past: bool) -> _Period | None:  # noqa: FBT001 - a tense
    what = (groups["what"] or "").lower()
    rel = (groups["rel"] or "").lower().removeprefix("this ") or "this"
    step = {"last": -1, "past": -1, "next": 1, "coming": 1}.get(rel, 0)
    if what in _WEEKDAYS:
        return _weekday(today, what, step or (-1 if past else 1))
    if what in _MONTHS:
        return _named_month(today, _MONTHS.index(what) + 1, step, past=past)
    if what in _SEASONS:
        return _season(today, what, step)
    if what in {"morning", "afternoon", "evening"}:
        return _part_of_day(today, what) if step == 0 else None
    return _calendar_period(today, what, step)


def _calendar_period(today: date, what: str, step: int) -> _Period:
    if what == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
        phrase = f"the week of {_say(monday)}"
        return _Period(monday, monday + timedelta(days=6), f"in {phrase}", phrase)
    if what == "weekend":
        return _weekend_of(today + timedelta(weeks=step))
    if what == "month":
        return _month_at(today.year, today.month + step)
    return _whole_year(today.year + step)


def _iso(groups: _Groups, today: date, past: bool) -> _Period:  # noqa: ARG001, FBT001 - one signature
    day = date.fromisoformat(groups["iso"] or "")
    return _Period(day, day, f"on {groups['iso']}", groups["iso"] or "")


def _month_day(groups: _Groups, today: date, past: bool) -> _Period | None:  # noqa: FBT001 - a tense
    number = int(re.sub(r"\D", "", groups["d1"] or groups["d2"] or ""))
    month = _month_number(groups["m1"] or groups["m2"] or "")
    year = groups["y1"] or groups["y2"]
    if year:
        return _whole_day(date(int(year), month, number))
    nearest = [
        date(y, month, number) for y in (today.year - 1, today.year, today.year + 1) if _exists(y, month, number)
    ]
    fitting = [day for day in nearest if (day <= today if past else day >= today)]
    return _whole_day(max(fitting) if past else min(fitting)) if fitting else None


def _month_alone(groups: _Groups, today: date, past: bool) -> _Period | None:  # noqa: FBT001 - a tense
    month = _month_number(groups["m3"] or "")
    if groups["y3"]:
        return _month_at(int(groups["y3"]), month)
    return _named_month(today, month, 0, past=past) if groups["prep"] else None


def _weekday_alone(groups: _Groups, today: date, past: bool) -> _Period:  # noqa: FBT001 - a tense
    return _weekday(today, (groups["wday"] or "").lower(), -1 if past else 1)


def _year_alone(groups: _Groups, today: date, past: bool) -> _Period | None:  # noqa: ARG001, FBT001 - one signature
    return _whole_year(int(groups["year"] or "")) if groups["prep"] else None


_BUILDERS: Final[tuple[tuple[str, _Builder], ...]] = (
    ("day", _relative_day), ("ago", _ago), ("rel", _relative_period), ("iso", _iso), ("d1", _month_day),
    ("d2", _month_day), ("m3", _month_alone), ("wday", _weekday_alone), ("ahead", _ahead), ("year", _year_alone),
)  # fmt: skip


def _whole_day(day: date) -> _Period:
    return _Period(day, day, f"on {_say(day)}", _say(day))


def _part_of_day(day: date, part: str) -> _Period:
    if not part:
        return _whole_day(day)
    return _Period(day, day, f"on the {part} of {_say(day)}", f"the {part} of {_say(day)}")


def _weekend_of(day: date) -> _Period:
    saturday = day - timedelta(days=day.weekday()) + timedelta(days=5)
    phrase = f"the weekend of {_say(saturday)}"
    return _Period(saturday, saturday + timedelta(days=1), f"on {phrase}", phrase)


def _weekday(today: date, name: str, step: int) -> _Period:
    ahead = (_WEEKDAYS.index(name) - today.weekday()) % 7 or 7
    return _whole_day(today + timedelta(days=ahead if step > 0 else ahead - 7 if ahead < 7 else -7))  # noqa: PLR2004


def _month_at(year: int, month: int) -> _Period:
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    first = date(year, month, 1)
    phrase = f"{_MONTHS[month - 1].title()} {year}"
    return _Period(first, _last_of_month(first), f"in {phrase}", phrase)


def _named_month(today: date, month: int, step: int, *, past: bool) -> _Period:
    backwards = step < 0 or (step == 0 and past)
    year = today.year
    if backwards and (month > today.month or (step < 0 and month == today.month)):
        year -= 1
    elif not backwards and (month < today.month or (step > 0 and month == today.month)):
        year += 1
    return _month_at(year, month)


def _season(today: date, name: str, step: int) -> _Period:
    start_month = _SEASONS[name]
    year = today.year + step
    over, ahead = today.month >= start_month + 3, today.month < start_month
    if (step < 0 and over) or (step > 0 and ahead):
        year = today.year
    first = date(year, start_month, 1)
    return _Period(
        first, _last_of_month(first + timedelta(days=62)), f"in the {name} of {year}", f"the {name} of {year}"
    )


def _whole_year(year: int) -> _Period:
    return _Period(date(year, 1, 1), date(year, 12, 31), f"in {year}", str(year))


def _last_of_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _month_number(name: str) -> int:
    short = name[:3].lower()
    return next(number for number, month in enumerate(_MONTHS, 1) if month.startswith(short))


def _exists(year: int, month: int, number: int) -> bool:
    return 1 <= number <= _last_of_month(date(year, month, 1)).day


def _say(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1].title()} {day.year}"


def _day_of(said_us: int) -> date | None:
    """Return the UTC day, or ``None`` when no time is known or it lies too near the calendar's ends to reckon with."""
    if said_us <= 0:
        return None
    ordinal = _UNIX_DAY_ZERO + said_us // MICROSECONDS_PER_DAY
    return date.fromordinal(ordinal) if ordinal < date(9000, 1, 1).toordinal() else None


def _midnight_us(day: date) -> int:
    return (day.toordinal() - _UNIX_DAY_ZERO) * MICROSECONDS_PER_DAY
