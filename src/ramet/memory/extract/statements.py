"""What a clause states: its slot, its relations and its kind, found by the rule table."""

import re
from dataclasses import dataclass
from typing import Final

from ramet.memory.extract.clauses import Clause
from ramet.memory.extract.lexicon import ADVERBS, KIN
from ramet.memory.extract.person import third_person
from ramet.memory.extract.rules import ATTRIBUTES, NAME_END, PHRASE_END, POSITIVE_FORM, RULES, Rule
from ramet.memory.model import EntityMention, MemoryKind, RelationMention, Slot

MAX_VALUE_CHARS: Final = 80
"""A longer value is a description, not the value of a slot."""

MAX_TARGET_WORDS: Final = 6
"""A longer value names no entity."""

_LEAD = re.compile(rf"(?:(?:{'|'.join(ADVERBS)})\b,? )+")
_NEGATION = re.compile(
    r"(?:(no longer|never) (\w+)|(?:doesn't|does not|didn't|did not|don't) (?:really |even |much )?(\w+)"
    r"|(is|was|are)(?:n't| not| no longer)\b|(?:has |have )?(?:stopped|quit|given up|gave up) (\w+ing)\b|used to (\w+))"
)
_FAVOURITE = re.compile(
    r"'s (?:all-time )?favou?rite ([\w -]{1,40}?) (?:is|are|has always been)(?: probably| definitely)? (.+)"
)
_ATTRIBUTE = re.compile(
    rf"'s (?:new )?({'|'.join(sorted(ATTRIBUTES, key=len, reverse=True))}) (?:is|are|:) (?:now |on |in )?(.+)"
)
_PLAN = re.compile(
    r"(?:(?:is|are) (?:going|planning|hoping|about|moving|flying|travelling|traveling|heading|getting|starting|"
    r"launching|having|meeting|visiting|taking|leaving)|plans? (?:to|on)|will|"
    r"intends? to|hopes? to|is thinking (?:of|about))\b"
)
_ENDED = re.compile(r"\b(?:no longer|any ?more|stopped|quit|used to|given up|gave up)\b")
_AGED = re.compile(r"^\d+-year-old ")
_TIE = re.compile(rf"(?:is|was) (.{{1,40}}?)'s (?:\w+ )?({'|'.join(KIN)})$")
_BASE_FORMS: Final = frozenset("live work love like enjoy hate prefer have speak study use".split())
_DANGLING = re.compile(r"\b(?:it|them|this|that|these|those)$|\bthem\b")
_WISH = re.compile(r"(?:wants?|would (?:like|love|prefer)|prefers?|needs?|dreams?)\b")
_STATE_VERBS: Final = frozenset(
    "was were had liked loved lived worked knew wanted needed felt thought believed used seemed owned preferred".split()
)
_ARTICLE = re.compile(r"(?:the|an?|their|some|his|her|playing with|new|any) ")
_EMPTY_VALUES: Final = frozenset(
    "it this that them these those him her you how what to when there being all everything so here each one "
    "some".split()
)
_SELF = re.compile(r"is ([A-Z][a-z]+(?: [A-Z][a-z]+)?)$")
_PEOPLES: Final = frozenset(
    "American Argentinian Australian Austrian Belgian Brazilian British Buddhist Canadian Catholic Chinese Christian "
    "Czech Danish Dutch Egyptian English Finnish French German Greek Hindu Hungarian Indian Irish Israeli Italian "
    "Japanese Jewish Korean Mexican Muslim Nigerian Norwegian Polish Portuguese Romanian Russian Scottish Spanish "
    "Swedish Swiss Thai Turkish Ukrainian Vietnamese Welsh".split()
)
_NOT_PLACES: Final = frozenset(
    {*KIN, *_EMPTY_VALUES, "a", "an", "the", "my", "their", "his", "her", "home", "work", "our"}
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the rules found in one clause."""

    kind: MemoryKind = MemoryKind.FACT
    slot: Slot | None = None
    entities: tuple[EntityMention, ...] = ()
    relations: tuple[RelationMention, ...] = ()
    matched: bool = False


def read(clause: Clause, *, dated: bool) -> Finding:
    """Apply the rule table to `clause`; `dated` tells that it names a day or a longer time."""
    if not clause.subject:
        return _read_thing(clause, dated=dated)
    if clause.subject.endswith(" and others") or " and " in clause.subject:
        return _typed(clause, _apply(clause, relations_only=True), dated=dated)
    return _typed(clause, _read_named(clause) or _apply(clause), dated=dated)


def _typed(clause: Clause, found: Finding, *, dated: bool) -> Finding:
    person = () if " and " in clause.about else (EntityMention(clause.about, "concept" if clause.pet else "person"),)
    ties = tuple(tie for tie in clause.ties if " and " not in tie.source)
    entities = (*(EntityMention(tie.source, "person") for tie in ties), *person, *found.entities)
    lasting = found.slot is not None and (found.slot.exclusive or not dated)
    kind = found.kind if found.kind is not MemoryKind.FACT or lasting else _kind_of(clause, dated=dated)
    matched = found.matched or bool(ties)
    return Finding(kind, found.slot, tuple(dict.fromkeys(entities)), (*ties, *found.relations), matched)


def _kind_of(clause: Clause, *, dated: bool) -> MemoryKind:
    if _WISH.match(clause.predicate):
        return MemoryKind.PREFERENCE
    if dated or _PLAN.match(clause.predicate) or (clause.past and clause.verb not in _STATE_VERBS):
        return MemoryKind.EVENT
    return MemoryKind.FACT


def _read_named(clause: Clause) -> Finding | None:
    """Read "User's sister is called Ann" and "User's dog Rex", where the subject itself holds the value."""
    if clause.pet and clause.about in clause.subject and clause.ties and not clause.about.endswith(clause.pet):
        owner = clause.ties[0].source
        return Finding(slot=_slot(owner, "pet", clause.about, exclusive=False), matched=True)
    for pattern in (_FAVOURITE, _ATTRIBUTE):
        match = pattern.match(clause.predicate)
        if match:
            return _attribute(clause.about, match, favourite=pattern is _FAVOURITE)
    tie = _TIE.match(clause.predicate)
    if tie:
        return Finding(relations=(RelationMention(tie[1], KIN[tie[2]], clause.about),), matched=True)
    named = _SELF.match(clause.predicate)
    if named and named[1].split(" ", 1)[0] not in _PEOPLES and clause.subject == clause.about:
        return Finding(slot=_slot(clause.about, "name", named[1]), matched=True)
    return None


def _read_thing(clause: Clause, *, dated: bool) -> Finding:
    text = clause.predicate
    for pattern in (_FAVOURITE, _ATTRIBUTE):
        match = pattern.search(text[:200])
        if match and match.start() <= MAX_VALUE_CHARS:
            return _attribute(text[: match.start()], match, favourite=pattern is _FAVOURITE)
    return Finding(MemoryKind.EVENT if dated else MemoryKind.FACT)


def _attribute(owner: str, match: re.Match[str], *, favourite: bool) -> Finding:
    value = _cut(match[2], PHRASE_END)
    if not value or value.startswith("not "):
        return Finding()
    attribute = f"favourite_{_fold(match[1]).replace('color', 'colour')}" if favourite else ATTRIBUTES[match[1]]
    kind = MemoryKind.PREFERENCE if favourite else MemoryKind.FACT
    person = EntityMention(owner, "person")
    if not favourite:
        return Finding(kind, _slot(owner, attribute, value), (person,), matched=True)
    liked = (RelationMention(owner, "LIKES", value),)
    return Finding(kind, _slot(owner, attribute, value), (person, EntityMention(value, "concept")), liked, matched=True)


def _apply(clause: Clause, *, relations_only: bool = False) -> Finding:
    predicate, positive = _affirmed(clause.predicate)
    for rule in RULES:
        match = rule.pattern.match(predicate)
        if match:
            found = _found(clause, rule, predicate[match.end() :], positive=positive)
            if found and relations_only:
                return Finding(found.kind, None, found.entities, found.relations, matched=True)
            if found:
                return found
    return Finding()


def _found(clause: Clause, rule: Rule, rest: str, *, positive: bool) -> Finding | None:
    value = _cut(rest, PHRASE_END if rule.phrase else NAME_END)
    if not value or (rule.capital and not _proper(value, clause.predicate)):
        return None
    bare = _ARTICLE.sub("", value, count=1) if _ARTICLE.match(value) else value
    bare = _AGED.sub("", bare.removesuffix(" years old"))
    if _DANGLING.search(bare) or bare.lower().split(" ", 1)[0] in _EMPTY_VALUES:
        return None
    polarity = positive == rule.polarity
    slot = None
    if rule.attribute:
        topic = _fold(bare.split(" course")[0].split(" class")[0]) if rule.state else ""
        slot = _slot(
            clause.about,
            rule.attribute.format(v=topic),
            rule.state or bare,
            polarity=polarity,
            exclusive=rule.exclusive,
        )
    relation = None if _ENDED.search(clause.predicate) else _relation(rule, positive=positive)
    if relation is None or bare.count(" ") >= MAX_TARGET_WORDS:
        return Finding(rule.kind, slot, matched=True)
    return Finding(
        rule.kind,
        slot,
        (EntityMention(bare, rule.target),),
        (RelationMention(clause.about, relation, bare),),
        matched=True,
    )


def _relation(rule: Rule, *, positive: bool) -> str | None:
    if positive and (rule.polarity or rule.relation == "DISLIKES"):
        return rule.relation
    return "DISLIKES" if rule.relation == "LIKES" else None


def _affirmed(predicate: str) -> tuple[str, bool]:
    """Take adverbs and negation from the front; return the positive form and whether it was positive."""
    lead = _LEAD.match(predicate)
    negated = bool(lead and ("no longer" in lead[0] or "never" in lead[0]))
    bare = predicate[lead.end() :] if lead else predicate
    match = _NEGATION.match(bare)
    if not match:
        return _without_adverbs(bare), not negated
    rest = bare[match.end() :]
    word = match[4] or POSITIVE_FORM.get(match[5] or "") or match[5]
    if word is None:
        base = match[2] or match[3] or match[6]
        word = base if base.endswith("s") else third_person(base)
    return _without_adverbs(f"{word}{rest}"), False


def _without_adverbs(predicate: str) -> str:
    """Take the adverbs behind an auxiliary: "is currently living" reads "is living"."""
    first, _, rest = predicate.partition(" ")
    if first in _BASE_FORMS:
        return f"{third_person(first)} {rest}"
    if first not in {"is", "has", "was", "are"}:
        return predicate
    lead = _LEAD.match(rest)
    return f"{first} {rest[lead.end() :]}" if lead else predicate


def _cut(rest: str, border: re.Pattern[str]) -> str:
    match = border.search(rest)
    value = (rest[: match.start()] if match else rest).strip(" .,!:'\"")
    return value if len(value) <= MAX_VALUE_CHARS else ""


def _proper(value: str, said: str) -> bool:
    """Tell whether a value looks like a name; where nothing is capitalised, one or two plain words may be one."""
    bare = value.removeprefix("the ")
    if bare[:1].isupper() or bare[:1].isdigit():
        return True
    return said.islower() and bare.count(" ") < 2 and bare.isalpha() and bare.split(" ", 1)[0] not in _NOT_PLACES  # noqa: PLR2004


def _slot(subject: str, attribute: str, value: str, *, polarity: bool = True, exclusive: bool = True) -> Slot:
    return Slot(subject.casefold(), attribute, value, polarity, exclusive)


def _fold(text: str) -> str:
    return " ".join(text.casefold().split()).replace(" ", "_")
