"""The word lists of the built-in extractor. Data only: what a list is for stands beside it."""

from typing import Final

FUNCTION_WORDS: Final = frozenset(
    "a about above after again all also am an and any are as at be because been before being both but by can could "
    "did do does doing done down during each either else ever every few for from further get gets got had has have "
    "having he her here hers herself him himself his how i if in into is it its itself just let like ll m may me "
    "might mine more most much must my myself neither no nor not of off on once one only onto or other our ours out "
    "over own per re s same shall she should since so some such t than that the their theirs them themselves then "
    "there these they this those though through to too under until up upon us ve very was we were what when where "
    "which while who whom whose why will with within without would yet you your yours yourself d don't doesn't didn't "
    "isn't aren't wasn't weren't haven't hasn't hadn't can't cannot couldn't won't wouldn't shouldn't it's that's "
    "there's i'm i've i'd i'll you're we're they're he's she's".split()
)
"""Words that carry no content of their own; their share also tells English from other languages."""

VAGUE_WORDS: Final = frozenset(
    "able absolutely actually agree always amazing anyway anyways anything appreciate awesome back bad best better "
    "big bit can't chance check come coming cool definitely doing easy enough especially even everyone everything "
    "exactly excited exciting fantastic feel feeling feels felt find fun glad go goes going gonna gone good gotta "
    "great guess happy hard hear heard help hope huge idea important incredible inspired inspiring inspires keep kind "
    "kinda know knows lately lot lots love lovely loved loves luck made make makes making many maybe mean means mind "
    "moment need never new nice nothing now often ok okay people perfect plan please pretty probably proud really "
    "right said same say says see seeing seen seems share shared should sometimes someone something soon sound sounds "
    "special still stuff super support sure take talk tell thank thankful thanks that's there's thing things think "
    "thinks thought time times today together told totally touch true truly trying try understand want wants way well "
    "went will wish wonderful words work wow yeah yep yes yet loving took look looks looking seriously keeps kept "
    "life lives world journey day days others user assistant two".split()
)
"""Words too common in chat to make a statement informative."""

FOREIGN_FUNCTION_WORDS: Final = frozenset(
    # German
    "ich der die das und ist nicht ein eine einen wir ihr sie mein meine mit auf für von zu den dem im bin habe hat "
    "wohne arbeite heiße liebe gern "
    # French
    "je tu il elle nous vous le la les un une des du et est suis pas mon ma mes à dans pour avec sur j'ai j'aime "
    "j'habite c'est "
    # Spanish, Portuguese
    "yo el ella los las del y es soy está estoy que mi mis por para con una en de vivo tengo gusta eu ele ela os "
    "não sou é são meu minha uma em no na do da moro tenho trabajo "
    # Italian, Dutch
    "io lo gli di che sono ho mio mia per il e vivo abito ik jij hij zij het een en van niet met mijn naar woon "
    # Polish, Turkish, Scandinavian
    "jestem mieszkam nie się na w z moja mój ve bir bu ben benim jag är och inte jeg er og ikke bor på som".split()
) - {
    "a",
    "do",
    "no",
    "on",
    "he",
    "she",
    "we",
    "me",
    "am",
    "in",
    "is",
    "an",
    "as",
    "at",
    "by",
    "die",
    "will",
    "bin",
    "was",
}
"""Function words of other languages in Latin letters, less those that are also English."""

IRREGULAR_PAST: Final = frozenset(
    "ate became began beat bent bet bid bit blew bought broke brought built burnt came caught chose cost cut dealt "
    "did dove drank drew drove fell fed felt fought found flew forgot forgave froze gave got grew had heard held hid "
    "hit hung hurt kept knew laid learnt led left lent lost made meant met overcame paid put quit ran rang read rode "
    "rose said sang sat saw sent set shook shot showed shut slept sold spent spoke spread stood stole struck stuck "
    "swam swore taught thought threw told took tore understood was went were "
    "woke won wore wrote underwent rewrote".split()
)
NOT_PAST: Final = frozenset("need feed bleed breed speed succeed proceed exceed heed seed weed embed shed wed".split())
"""Base forms that end like a regular past."""

MODALS: Final = frozenset(
    "can could may might must shall should will would can't cannot couldn't mightn't mustn't shouldn't won't wouldn't "
    "didn't wasn't hadn't weren't used gotta gonna wanna".split()
)
"""Verb forms that don't change in the third person."""

IRREGULAR_THIRD: Final = {
    "am": "is", "are": "is", "were": "was", "have": "has", "do": "does", "go": "goes", "haven't": "hasn't",
    "don't": "doesn't", "aren't": "isn't", "ain't": "isn't", "weren't": "wasn't", "be": "is",
}  # fmt: skip

CONJOINED_VERBS: Final = frozenset(
    "am are have go take make live enjoy eat write read speak spend prefer hate want teach own keep do get try".split()
)
"""Base forms that, after "and", continue a first-person predicate rather than being nouns."""

ADVERBS: Final = (
    "also always just never often still even usually sometimes actually really currently now recently finally already "
    "mostly mainly only ever once not no longer longer kinda sorta definitely probably simply truly absolutely totally "
    "generally normally typically rarely hardly seldom originally officially personally honestly basically soon then "
    "both all regularly especially particularly genuinely deeply lately successfully quickly eventually initially "
    "previously primarily almost first thankfully luckily sadly unfortunately "
).split()
"""What may stand between a subject and its verb."""

NAMED_VERBS: Final = (
    "adopts attends believes buys calls collects comes cooks creates dances designs does doesn't drinks drives earns "
    "eats enjoys feels finds gets gives goes has hates heads helps hopes keeps knows leads learns likes listens lives "
    "loves makes manages mentors moves needs organises organizes owns paints plans plays prefers reads remembers "
    "reports rides runs says sells serves shares sings speaks spends starts studies supports swims takes teaches tells "
    "thinks travels tries understands uses visits volunteers walks wants wears wishes works writes "
).split()
"""Third-person forms that follow a name; a capitalised plural noun must not look like a person and a verb."""

KIN: Final = {
    **dict.fromkeys(("mother", "father", "mom", "mum", "dad", "parents", "parent"), "CHILD_OF"),
    **dict.fromkeys(("sister", "brother", "twin", "sibling", "siblings", "sisters", "brothers"), "SIBLING_OF"),
    **dict.fromkeys(("wife", "husband", "spouse"), "MARRIED_TO"),
    **dict.fromkeys(("girlfriend", "boyfriend", "partner", "fiancé", "fiancée", "fiance", "fiancee"), "PARTNER_OF"),
    **dict.fromkeys(("son", "daughter", "kid", "kids", "child", "children", "sons", "daughters"), "PARENT_OF"),
    **dict.fromkeys(
        ("aunt", "uncle", "cousin", "grandmother", "grandfather", "grandma", "grandpa", "niece", "nephew",
         "mother-in-law", "father-in-law", "brother-in-law", "sister-in-law"), "RELATED_TO"),
    **dict.fromkeys(
        ("friend", "friends", "colleague", "coworker", "roommate", "flatmate", "neighbor", "neighbour", "boss",
         "manager", "mentor", "teacher", "teammate", "therapist", "doctor", "ex", "classmate", "buddy", "coach"),
        "KNOWS"),
}  # fmt: skip
"""Relation from the speaker to "my <noun> <Name>"."""

PETS: Final = (
    "dog cat puppy kitten rabbit bunny hamster parrot horse turtle tortoise snake lizard gecko bird fish guinea pig "
    "goldfish ferret pony".replace("guinea pig", "guinea_pig").split()
)

JOBS: Final = (
    "engineer developer programmer architect designer teacher nurse doctor lawyer attorney manager director analyst "
    "scientist researcher professor lecturer student writer journalist editor chef cook waiter waitress barista baker "
    "photographer artist musician actor actress dancer driver pilot mechanic electrician plumber carpenter accountant "
    "consultant therapist psychologist counselor counsellor dentist pharmacist veterinarian vet physicist chemist "
    "biologist mathematician economist banker trader broker founder ceo cto cfo officer recruiter administrator admin "
    "assistant intern freelancer contractor salesperson cashier clerk librarian firefighter paramedic soldier farmer "
    "gardener translator interpreter coach trainer tutor producer filmmaker screenwriter author poet surgeon "
    "specialist "
    "technician supervisor coordinator secretary marketer entrepreneur instructor owner radiologist cardiologist sre "
).split()

NOT_NAMES: Final = frozenset(
    "I I'm I've I'd I'll A An And Any Are As At Also Although All After Always Another Actually Anyway Absolutely Aww "
    "Awesome Amazing Be Because Before Being But Both By Bye BTW Btw Can Catch Congrats Congratulations Could Check "
    "Cool Can't Did Do Does Don't Doing During Definitely Each Even Every Everyone Everything Exactly For From Feel "
    "Finally Fantastic Get Getting Give Go Going Gonna Good Great Got Glad Guess Had Has Have Having He He's Hello "
    "Hearing Hey Hi Her Here Here's Him His Honestly Hope Hopefully How However Haha Happy If In Into Is It It's Its "
    "It'll It'd Interesting Just Keep Know Last Lately Let Let's Like LOL Lol Looking Look Looks Love Lots Luckily "
    "Make Making Many Maybe Me Mine Most Much My Myself Never New Next Nice No Nope Not Nothing Now Of Oh OK Ok Okay "
    "OMG Omg On Once One Only Or Our Out Over Personally Perfect People Please Pretty Probably Plus Really Recently "
    "Right Seeing Seems She She's Should Since So Some Someone Something Sometimes Soon Sorry Sounds Still Such Super "
    "Sure Speaking Take Taking Talk Tell Thank Thanks That That's That'd That'll The Their Them Then There There's "
    "These They They're They've Thing Things Think This Those Though Through Time To Today Together Tomorrow Tonight "
    "Too Totally Truly Try Trying Two Umm Unfortunately Until Up Us Very Was Watching Way We We're We've We'll Well "
    "Went Were What What's When Where Which While Who Who's Why Will With Without Woah Wow Would Wonderful Yay Yea "
    "Yeah Yep Yes Yesterday Yet Yo You You're You've You'll Your Yours Whoa Wish Woohoo Ah Ahh Aw Hmm Man Dude Sweet "
    "Sadly Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August "
    "September October November December Mon Tue Wed Thu Fri Sat Sun Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec "
    "User Assistant Reading Running Playing Working Writing Learning Building Helping Spending Creating Living "
    "Finding Using Use Used Always First Second Third Another Either Neither Nobody Anyone Anything Everybody "
    "Somebody Remember Note Decision Decided Step Result Error Warning Info TODO FYI Ugh Yup Nah Knowing Having Being "
    "Thinking Loving Gotta Reminds Welcome Cheers Sir Madam Mr Mrs Ms Dr".split()
)
"""Capitalised words that name nothing."""

LOCATION_HINTS: Final = frozenset("in near across throughout around".split())
ORGANISATION_HINTS: Final = frozenset("at joined joining founded".split())
PERSON_HINTS: Final = frozenset("with met meet meeting called named thanks thank hey hi hello dear by".split())
ORGANISATION_SUFFIXES: Final = frozenset(
    "Inc Corp Ltd LLC GmbH AG Bank University College School Institute Hospital Company Labs Foundation Museum Church "
    "Group Studios Agency Association Society Academy Clinic".split()
)
LOCATION_SUFFIXES: Final = frozenset(
    "Street Avenue Park River Lake Mountain Mountains Canyon Beach City Island Islands Coast Valley Bay Falls".split()
)
EVENT_SUFFIXES: Final = frozenset(
    "Festival Conference Marathon Parade Christmas Thanksgiving Easter Halloween Day".split()
)
