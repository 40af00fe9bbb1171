"""The patterns by which clauses are split and their subjects found. Each is bounded or anchored: all are linear."""

import re
from typing import Final

from ramet.memory.extract.lexicon import IRREGULAR_PAST, KIN, NAMED_VERBS, PETS

_KINDRED: Final = "|".join(sorted(KIN, key=len, reverse=True))
_PET: Final = "|".join(PETS)
_NAME: Final = r"[A-Z][\w-]+(?: [A-Z][\w-]+){0,2}"

OPENING_WORDS: Final = (
    "yeah", "yes", "yep", "yup", "no", "nope", "nah", "oh", "wow", "well", "so", "and", "but", "also", "plus",
    "actually", "honestly", "anyway", "btw", "by the way", "fyi", "haha", "hey", "hi", "hello", "thanks", "thank you",
    "thx", "sure", "ok", "okay", "right", "true", "cool", "great", "nice", "awesome", "guess what", "you know",
    "exactly", "absolutely", "definitely", "totally", "for the record", "to be honest", "as for me", "unfortunately",
    "luckily", "thankfully", "sadly", "fortunately", "update", "correction", "sorry", "i mean", "i meant",
    "i mean that", "i meant that", "remember", "note", "keep in mind", "don't forget", "remember that", "note that",
    "keep in mind that", "don't forget that", "please remember", "please note", "please remember that",
)  # fmt: skip
"""What may come before a statement without being part of it."""

OPENER = re.compile(
    rf"(?:(?:{'|'.join(sorted(OPENING_WORDS, key=len, reverse=True))})\b"
    r"(?:(?<=[yio]),? (?!I\b|I'|My\b|We\b)[A-Z]\w+(?=[,!:]))?(?: so much)?[,!:;.\u2026-]* +)+",
    re.IGNORECASE,
)
"""One or more of them, with the name that a greeting may hold."""

VOCATIVE = re.compile(r"[A-Z]\w+, (?=I\b|I'|[Mm]y |[Ww]e\b)")
"""Matches "Mel, I …"."""

CLAUSE_BORDER = re.compile(
    r",? (?:and|but|so) (?=(?:I|I'm|I've|my|we)[ '])|; |, (?=I(?:'m|'ve)? )|,? and (?=(?:live|"
    r"work) (?:in|at|as|for)\b|"
    r"(?:love|enjoy|hate|prefer|study|speak|adore|dislike) |have (?:an?|two|three) |am )"
)
ELLIPTIC = re.compile(r"(?:love|enjoy|hate|prefer|study|speak|adore|dislike|live|work|have|am)\b")
"""What goes on with the first clause's "I" without saying it."""

DROPPED_SUBJECT = re.compile(
    r"(?:(?:just|recently|finally) )?(?:gonna(?! be\b)|planning (?:to|on)|looking for|been \w+ing|"
    r"(?:went|got back|came back|bought|started|finished|joined|moved|signed|booked|visited|"
    r"adopted|switched|quit|met|ran) |(?:took|lost|won|got|made|had|saw|found) (?:an?|my|the|"
    r"our)\b)",
    re.IGNORECASE,
)
"""Matches "Just got back from Rome": the speaker, unsaid."""

SUBORDINATE = re.compile(
    r"(?:When|While|After|Before|As|Since|Because|Although|Though|If|In|On|At|During|For|With|"
    r"(?:Last|This|Next) (?:season|semester|quarter|term|time)|Every|Ever since|These days|"
    r"Nowadays|Lately|Currently|Right now|"
    r"Outside of|Besides|Apart from)\b[^,]{2,80}, (?=(?:I|we|my)[ '])"
)
"""What is led by a subordinate clause or an adverbial: "When I was young, I …"."""

JOINT_SUBJECT = re.compile(rf"((?:[Mm]y (?:\w+ )?(?:{_KINDRED}|{_PET})(?:,? {_NAME},?)?)|{_NAME}),? and I\b(.+)")
"""Matches "My wife and I", "Tom and I"."""

KIN_SUBJECT = re.compile(
    rf"(?:[Mm]y|[Oo]ur) ((?:(?:older|younger|elder|big|little|baby|twin|best|old|good|close|late|new|former|ex) )*)"
    rf"({_KINDRED}|{_PET})\b(?:(?:,| is called| is named|'s name is|) ({_NAME}),?)?(?=[ '.,!]|$)(.*)"
)
"""Matches "My older sister, Ann, …", "My dog's name is Rex"."""

NAMED_SUBJECT = re.compile(rf"({_NAME})('s)? (.+)")
NAMED_VERB = re.compile(
    r"(?:(?:also|just|really|never|always|still|no longer|recently|now) )*"
    r"(is|was|had|will|would|can|could|should|must|isn't|[a-z]{2,}ed|"
    + "|".join([*NAMED_VERBS, *sorted(IRREGULAR_PAST)])
    + r")\b"
)
THING_VERBS: Final = (
    "is are was were has have had will must should can need needs use uses run runs take takes cost costs start starts "
    "end ends means work works live lives expire expires happen happens open opens close closes support supports "
    "require requires depends leave leaves depart departs flies arrive arrives last lasts belong belongs goes comes "
    "host hosts contain contains return returns fail fails"
).split()
THING_SUBJECT = re.compile(
    r"(?:([Tt]he|[Oo]ur|[Mm]y|An?|Each|Every|Both)|[A-Z][\w-]*(?:'s)?) [^\"]*?\b"
    rf"(?:{'|'.join(THING_VERBS)}|\w{{2,}}ed)\b"
)
PARTICULAR = re.compile(r"\b(?:I|I'm|I've|me|my)\b|\d| [A-Z]\w{2}")
"""What makes a statement about a thing one of the speaker's, or a particular one."""

FIRST_CLAUSE_END = re.compile(
    r" - | \u2013|, |; |: | (?:and|but|so) (?:it|I|we|they|my|that|the|was|so)\b|"
    r" (?:because|which|so that) "
)
NAME_IS = re.compile(r"^([Mm]y (?:\w+ )?(?:name|birthday|email|age|job|address|timezone|favou?rite \w+))'s ")
"""Matches "My name's Deb", which is no possessive."""

FINITE_VERB = re.compile(r"\b(?:is|are|was|were|has|have|had|will|must|should|can|[a-z]{2,}ed)\b")
DECISION_LABELS: Final = ("Decision: ", "Decided: ", "Agreed: ")
PRONOUN_SUBJECT = re.compile(r"(He|She)(?='| )")
