"""The rule table: predicates in the third person, and the slot and relation that each states.

A rule's pattern is matched at the start of a predicate from which adverbs and negation have been taken. What follows
the match, up to a border, is the value.
"""

import re
from dataclasses import dataclass
from typing import Final

from ramet.memory.extract.lexicon import JOBS, PETS
from ramet.memory.model import MemoryKind

_JOB: Final = "|".join(sorted(JOBS, key=len, reverse=True))
_PET: Final = "|".join(PETS)

NAME_END: Final = re.compile(
    r"[,;.!?()\"](?=\s|$)|[,;!?()\"]|\s-+\s|\b(?:and|but|because|so|with|for|since|while|when|where|which|who|that|"
    r"as|to|after|"
    r"before|on|in|at|from|now|these|this|anymore|any|instead|"
    r"around|until|during|right|then|by|over|of 20|though|is|was)\b"
)
"""Ends the value of a rule that names one thing."""

PHRASE_END: Final = re.compile(
    r"[;!?()\"]|[.,](?=\s|$)|\s-+\s|\b(?:because|but|so|since|when|while|which|though|although|anymore|any more|"
    r"these days|"
    r"a lot|very much|right now|lately|now|too|as well|and (?:I|they|my|their|he|she|we|it|it's|that|has|have|is|"
    r"am))\b|"
    r"\b(?:on|in|around|since) (?:the \w+ of )?(?:\d|[A-Z][a-z]+ \d)"
)
"""Ends the value of a rule that names an activity or a class of things."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: what a predicate must look like and what it then states.

    `attribute` may hold ``{v}``, the folded value, where the value is part of the slot's name; `state` is the slot's
    value in that case. `polarity` false says that the value has ended.
    """

    pattern: re.Pattern[str]
    attribute: str | None
    relation: str | None = None
    target: str = "concept"
    kind: MemoryKind = MemoryKind.FACT
    exclusive: bool = True
    polarity: bool = True
    phrase: bool = False
    capital: bool = False
    state: str | None = None


def _rule(
    pattern: str,
    attribute: str | None,
    relation: str | None = None,
    target: str = "concept",
    *,
    kind: MemoryKind = MemoryKind.FACT,
    exclusive: bool = True,
    polarity: bool = True,
    phrase: bool = False,
    capital: bool = False,
    state: str | None = None,
) -> Rule:
    compiled = re.compile(rf"(?:{pattern})(?![\w'])\s*")
    return Rule(compiled, attribute, relation, target, kind, exclusive, polarity, phrase, capital, state)


_PREFERENCE: Final = MemoryKind.PREFERENCE
_SINCE: Final = r"(?:lives|is living|resides|is based|is staying|has lived|has been living|has been based)"
_WORKS: Final = r"(?:works|is working|has worked|has been working|started working|will be working|is employed)"
_GOT: Final = r"(?:got|has got|landed|accepted|started|took|found)"

RULES: Final[tuple[Rule, ...]] = (
    # home
    _rule(
        rf"{_SINCE} (?:alone |together |happily |there )?(?:in|at|near)",
        "lives_in",
        "LIVES_IN",
        "location",
        capital=True,
    ),
    _rule(
        r"(?:has )?(?:moved|relocated) (?:back )?(?:here )?"
        r"(?:(?:from|out of) [A-Z]\w+(?: [A-Z]\w+)? )?to",
        "lives_in",
        "LIVES_IN",
        "location",
        capital=True,
    ),
    _rule(r"(?:has )?moved (?:away from|out of)", "lives_in", "LIVES_IN", "location", polarity=False, capital=True),
    _rule(r"(?:is originally|originally comes|is|comes|came|hails) from", "from", "FROM", "location", capital=True),
    _rule(r"(?:was born(?: and raised)?|grew up) in(?! \d)", "from", "FROM", "location", capital=True),
    # work
    _rule(
        rf"{_WORKS} (?:full-time |part-time |remotely |now )?(?:at|for|with)",
        "works_at",
        "WORKS_AT",
        "organisation",
        capital=True,
    ),
    _rule(
        rf"{_WORKS} as (?:an? |the )?[\w -]{{1,40}}?(?:{_JOB}) (?:at|for)",
        "works_at",
        "WORKS_AT",
        "organisation",
        capital=True,
    ),
    _rule(
        rf"(?:is|became) (?:an? |the )?(?:[\w-]+ ){{0,3}}?(?:{_JOB}) at",
        "works_at",
        "WORKS_AT",
        "organisation",
        capital=True,
    ),
    _rule(
        rf"{_GOT} (?:an? |their )?(?:new )?(?:job|position|role|offer|internship) (?:at|with|from)",
        "works_at",
        "WORKS_AT",
        "organisation",
        capital=True,
    ),
    _rule(r"joined", "works_at", "WORKS_AT", "organisation", capital=True),
    _rule(
        r"(?:has )?(?:quit|left|resigned from|lost)(?: (?:their|his|her|the) (?:job|position|role))?(?: (?:at|"
        r"with|from))?",
        "works_at",
        "WORKS_AT",
        "organisation",
        polarity=False,
        capital=True,
    ),
    _rule(
        r"(?:has )?(?:quit|left|resigned from|lost)(?= (?:their|his|her) (?:job|position)$)", "works_at", polarity=False
    ),
    _rule(
        rf"(?:{_WORKS}|{_GOT} (?:an? |their )?(?:first |new )?(?:job|position|role)|was hired|was promoted to|"
        rf"is employed)"
        r"(?: as)?(?: an?| the)?(?= (?:[\w-]+ ){0,4}?(?:" + _JOB + r")\b)",
        "job_title",
    ),
    _rule(rf"(?:is|became|is now)(?: an?| the)(?= (?:[\w-]+ ){{0,3}}?(?:{_JOB})\b)", "job_title"),
    # identity
    _rule(r"(?:is called|goes by|is named)", "name", capital=True),
    _rule(
        r"(?:is|turned|just turned)(?= \d{1,3}(?: years? old)?(?:[.,!]| years old|$| (?:and|now|today|"
        r"on)\b))",
        "age",
    ),
    _rule(r"was born (?:on|in)(?= \d)", "birthday", phrase=True),
    _rule(
        r"(?:is|got|has gotten)(?: happily| recently| newly)?"
        r"(?= (?:single|married(?! to)|divorced|engaged|widowed|separated)\b)",
        "relationship_status",
    ),
    _rule(r"(?:is |got )?married to", "spouse", "MARRIED_TO", "person", capital=True),
    _rule(r"(?:is dating|is engaged to)", "partner", "PARTNER_OF", "person", capital=True),
    _rule(
        r"(?:is)(?: an?| strictly| mostly)?(?= (?:vegan|vegetarian|pescatarian|omnivore|keto|lactose[ -]intolerant|"
        r"gluten[ -]free|lactovegetarian)\b)",
        "diet",
    ),
    _rule(r"(?:is|became|went|turned)(?: an?)?(?= (?:vegan|vegetarian|pescatarian)\b)", "diet"),
    _rule(r"is allergic to", "allergic_to", exclusive=False, phrase=True),
    _rule(r"(?:speaks|is fluent in|speaks fluent)", "speaks", "SPEAKS", exclusive=False, capital=True),
    # pets and people
    _rule(
        r"has (?:an? |two |three )?(?:\w+ )?(?:son|daughter|kid|child|baby)(?:s|ren)? (?:named|called)",
        None,
        "PARENT_OF",
        "person",
        capital=True,
    ),
    _rule(
        r"has (?:an? |two |three )?(?:\w+ )?(?:sister|brother|twin|sibling)s? (?:named|called)",
        None,
        "SIBLING_OF",
        "person",
        capital=True,
    ),
    _rule(
        rf"(?:has|owns|adopted|got|just got|has adopted|rescued) (?:an? |two |the )?(?:[\w-]+ ){{0,3}}?(?:{_PET})s? "
        r"(?:named|called)",
        "pet",
        "HAS_PET",
        "concept",
        exclusive=False,
        capital=True,
    ),
    _rule(
        rf"(?:has|owns|adopted|got|just got|has adopted|rescued)(?= (?:an? |two |three |"
        rf"\d+ )(?:[\w-]+ ){{0,3}}?(?:{_PET})s?\b)",
        None,
    ),
    _rule(
        r"has(?= (?:an?|one|two|three|four|five|six|\d+|no) (?:\w+ )?(?:kid|child|son|daughter)(?:s|"
        r"ren)?\b)",
        "children",
    ),
    _rule(r"(?:knows|met|is friends with)", "knows", "KNOWS", "person", exclusive=False, capital=True),
    # learning
    _rule(
        r"(?:is learning|is taking lessons in|started learning|started to learn|began learning|has been learning|"
        r"has started learning|is studying)",
        "learning:{v}",
        "STUDIES",
        state="learning",
    ),
    _rule(
        r"(?:finished|completed|has finished|has completed|passed)(?: \w+)?(?= [\w+#.-]+ (?:course|class|bootcamp|"
        r"training|"
        r"certification)\b)",
        "learning:{v}",
        state="finished",
    ),
    _rule(r"(?:finished|completed|has finished) (?:learning|studying)", "learning:{v}", state="finished"),
    _rule(r"(?:studies|majors in|majored in|has a degree in|is majoring in)", "studies", "STUDIES", exclusive=False),
    # likes and dislikes
    _rule(
        r"(?:loves|likes|enjoys|adores|has always loved|is (?:\w+ )?(?:into|fond of|passionate about|obsessed with)|"
        r"is an? (?:\w+ )?(?:fan of|lover of))",
        "likes",
        "LIKES",
        kind=_PREFERENCE,
        exclusive=False,
        phrase=True,
    ),
    _rule(
        r"(?:hates|dislikes|detests|can't stand|cannot stand|despises|loathes|is tired of|is sick of)",
        "likes",
        "DISLIKES",
        kind=_PREFERENCE,
        exclusive=False,
        polarity=False,
        phrase=True,
    ),
    _rule(r"prefers", "prefers", "PREFERS", kind=_PREFERENCE, exclusive=False, phrase=True),
    # tools and decisions
    _rule(
        r"(?:has )?(?:switched|migrated|moved)(?: from [\w .+#-]{1,30}?)? (?:over )?to", "uses", "USES", exclusive=False
    ),
    _rule(
        r"(?:decided|chose|agreed|opted|has decided|have decided|decided on)(?: to| that \w+)? (?:use|go with|"
        r"adopt|using|"
        r"switch to|migrate to)",
        "uses",
        "USES",
        exclusive=False,
    ),
    _rule(
        r"(?:uses|use|is using|are using|went with|runs on|has been using|have been using|switched over to)",
        "uses",
        "USES",
        exclusive=False,
    ),
    # possessions whose name is a value
    _rule(
        r"(?:wants|would like|prefers) (?:to be (?:answered|addressed)|answers|replies|responses) in",
        "preferred_language",
        kind=_PREFERENCE,
    ),
)

POSITIVE_FORM: Final = {
    "liking": "likes", "loving": "loves", "enjoying": "enjoys", "using": "uses", "working": "works", "living": "lives",
    "learning": "is learning", "studying": "studies", "preferring": "prefers",
}  # fmt: skip
"""After "stopped" and "quit", what was done before."""

ATTRIBUTES: Final = {
    "name": "name", "full name": "name", "first name": "name", "nickname": "nickname", "birthday": "birthday",
    "birth date": "birthday", "date of birth": "birthday", "age": "age", "job": "job_title", "occupation": "job_title",
    "profession": "job_title", "job title": "job_title", "title": "job_title", "role": "job_title",
    "employer": "works_at", "company": "works_at", "email": "email", "email address": "email", "e-mail": "email",
    "phone": "phone", "phone number": "phone", "number": "phone", "mobile number": "phone", "timezone": "timezone",
    "time zone": "timezone", "address": "address", "hometown": "from", "home town": "from", "diet": "diet",
    "native language": "native_language", "mother tongue": "native_language", "first language": "native_language",
    "preferred language": "preferred_language", "language": "preferred_language", "pronouns": "pronouns",
    "nationality": "nationality", "hobby": "hobby", "goal": "goal", "budget": "budget", "editor": "editor",
}  # fmt: skip
"""Nouns of "my <noun> is <value>" that are slots of one value."""
