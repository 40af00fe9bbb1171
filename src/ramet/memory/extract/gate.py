"""What is worth keeping: questions, greetings, acknowledgements and feelings without content are not."""

import re
from typing import Final

from ramet.memory.extract.lexicon import FUNCTION_WORDS, VAGUE_WORDS

_QUESTION_OPENER = re.compile(
    r"(?:and |but |so )?(?:what|how|why|who|where|which|whose|(?:can|could|do|does|did|are|is|was|were|would|will|have|"
    r"has|should|may|might) (?:you|i|we|it|there|they|he|she|this|that|the|anyone|my|your)|any (?:plans|idea|news|"
    r"tips))\b",
    re.IGNORECASE,
)
_INTENSIFIERS: Final = (
    "so", "really", "very", "super", "just", "always", "totally", "completely", "definitely", "truly", "absolutely",
    "fully", "also", "still", "too",
)  # fmt: skip
_AFTER_I_AM: Final = (
    "glad", "happy for", "happy to hear", "happy to help", "happy to see", "sorry", "proud of you", "here for",
    "thankful for you", "thankful to have you", "grateful for you", "grateful to have you", "excited for", "rooting",
    "cheering", "curious", "intrigued", "stoked for", "thrilled for", "sure", "in awe", "looking forward to hear",
    "looking forward to hearing", "looking forward to see", "looking forward to seeing", "looking forward to it",
    "looking forward to that", "looking forward to your", "looking forward to chat", "all ears", "not sure", "afraid",
    "okay", "fine", "good", "doing", "jealous", "honored", "touched", "pumped for", "psyched for", "impressed",
    "listening", "interested",
)  # fmt: skip
_AFTER_I: Final = (
    "agree", "appreciate", "hear you", "hear ya", "hear that", "hope", "see", "know", "get it", "get that", "get what",
    "bet", "understand", "guess", "mean", "believe you", "believe in you", "admire", "think so", "think you",
    "think that", "think it", "think your", "think this", "think we", "imagine", "feel you", "feel ya", "feel that",
    "feel the same", "feel like that", "feel so", "love it", "love that", "love this", "love how", "love your",
    "love you", "love the", "love seeing", "love hearing", "like it", "like that", "like how", "like your",
    "would love to see", "would love to hear", "would love to know", "remember you", "remember your", "told you",
    "thank", "wish you", "wish I", "gotta say", "must say", "have to say", "swear", "wonder", "can see", "can tell",
    "can imagine", "can relate", "can understand", "can totally", "can feel", "can only", "can't wait", "can't imagine",
    "can't believe", "can't complain", "can't agree", "cannot wait", "cannot believe", "couldn't agree", "will try",
    "will do", "will keep you", "will let you", "will check it", "will check that", "will check them",
    "will definitely", "will be sure", "will never forget", "won't give up", "won't forget", "won't let", "did", "do",
    "could", "couldn't", "should", "shouldn't", "might", "may", "want you", "need you",
)  # fmt: skip
_AFTER_I_WILL: Final = (
    "love", "like", "keep", "be sure", "be there", "be happy", "be glad", "try", "do", "check", "give", "see",
    "take your", "have to", "let you", "say", "recommend you", "think",
)  # fmt: skip
_OPENINGS: Final = (
    "I've got to say", "I've got to admit", "I've gotta say", "I've gotta admit", "My pleasure", "My bad",
    "My goodness", "My god", "My condolences", "Our pleasure", "Our condolences", "We're here", "We're in this",
    "We're all in", "We are here", "We are in this", "We've got this", "We got this", "We can", "We should",
    "We could", "We all", "We gotta", "We must", "We need to", "We'll see", "We'll get", "We'll make", "We'll be",
    "We'll keep", "We'll figure", "We will see", "We will get", "We will make", "We will be", "We will keep",
)  # fmt: skip


def _any_of(phrases: tuple[str, ...]) -> str:
    return "(?:" + "|".join(map(re.escape, phrases)) + ")"


_SO: Final = rf"(?:{_any_of(_INTENSIFIERS)} )*"
_CHIT_CHAT = re.compile(
    rf"(?:I(?:'m| am|'ll be| was) {_SO}{_any_of(_AFTER_I_AM)}|I {_SO}{_any_of(_AFTER_I)}|"
    rf"I'(?:d|ll) {_SO}{_any_of(_AFTER_I_WILL)}|{_any_of(_OPENINGS)})\b",
    re.IGNORECASE,
)
_NEGLIGIBLE_AFTER: Final = re.compile(
    r"I'd (?:love|like) to (?!see\b|hear\b|know\b|check\b|join\b|try it\b|help\b|come\b|chat\b)"
)
_LACKS = re.compile(r"(?:doesn't have|has no|have no|don't have|never had) ")
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_ADDRESS = re.compile(r"\b(?:you|you're|you've|you'll|you'd|your|yours|yourself)\b", re.IGNORECASE)
_LEANS_ON_WHAT_WENT_BEFORE = re.compile(
    r"(?:and|but|so|or|it|it's|its|that|that's|this|these|those|there|there's|they|they're|he|he's|she|she's|what|how|"
    r"such|yes|yeah|yep|no|nope|not|wow|oh|ah|hey|hi|hello|thanks|thank|sounds|seems|looks|glad|happy|sorry|sure|ok|"
    r"okay|well|great|good|nice|cool|awesome|amazing|absolutely|definitely|i|i'm|i'll|i've|i'd|let|let's|hope|"
    r"can't|congrats|congratulations|keep|take|here|here's|of|same|me|my|we|we're|we'll|we've|your|you)\b",
    re.IGNORECASE,
)
_WORDS_ALONE: Final = 3
_REFERENCE = re.compile(r"\b(?:it|that|this|them)\b[.!]?$", re.IGNORECASE)


def is_question(sentence: str) -> bool:
    """Tell whether an English sentence asks rather than states."""
    return sentence.rstrip("\"') ").endswith("?") or (
        _QUESTION_OPENER.match(sentence) is not None and not sentence.endswith(".")
    )


def is_chit_chat(clause: str) -> bool:
    """Tell whether a clause speaks of the conversation itself: agreement, thanks, wishes, encouragement."""
    return _CHIT_CHAT.match(clause) is not None and not _NEGLIGIBLE_AFTER.match(clause)


def content_words(text: str) -> list[str]:
    """Return the words of `text` that carry content, folded."""
    return [word for word in _WORD.findall(text.casefold()) if word not in FUNCTION_WORDS and word not in VAGUE_WORDS]


def is_informative(said: str, *, subject: str, named: bool) -> bool:
    """Tell whether a statement that no rule knows says enough to be kept.

    It takes two content words besides the subject's, or one and a name or number; three where the listener is talked
    about, three where the subject is a thing.
    """
    about = set(_WORD.findall(subject.casefold()))
    count = len({word for word in content_words(said) if word not in about and word.removesuffix("'s") not in about})
    needed = 3 if not subject else 1 if _LACKS.match(said) else 2
    needed += 2 * bool(_ADDRESS.search(said)) + bool(_REFERENCE.search(said)) - named
    return count >= needed


def stands_alone(sentence: str) -> bool:
    """Tell whether a sentence that no rule knows states something by itself: about a thing, to nobody in particular."""
    if _LEANS_ON_WHAT_WENT_BEFORE.match(sentence) or _ADDRESS.search(sentence) or sentence.rstrip().endswith("!"):
        return False
    return len(set(content_words(sentence))) >= _WORDS_ALONE + bool(_REFERENCE.search(sentence))
