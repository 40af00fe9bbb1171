"""Sentences and what the built-in extractor makes of them, said by the user on 8 May 2026 (a Friday)."""

import pytest

from ramet.memory.extract import extract
from ramet.memory.model import Utterance

SAID_US = 1_778_241_600_000_000  # 2026-05-08T12:00:00Z

CASES = {
    # home
    "I live in Berlin and I love hiking": ["User lives in Berlin", "User loves hiking"],
    "i live in berlin and work at acme": ["User lives in berlin", "User works at acme"],
    "I moved to Oslo last month.": ["User moved to Oslo in April 2026"],
    "I've lived in Lisbon since 2019.": ["User has lived in Lisbon since 2019"],
    "I used to live in Paris.": ["User used to live in Paris"],
    "I'm from Sweden.": ["User is from Sweden"],
    "When I was a kid, I lived in Poland.": ["User lived in Poland, when they were a kid"],
    "I’m moving to Oslo next month.": ["User is moving to Oslo in June 2026"],
    "Sorry, I meant I live in Bremen.": ["User lives in Bremen"],
    # work
    "I work as a nurse.": ["User works as a nurse"],
    "I'm a software engineer at Google.": ["User is a software engineer at Google"],
    "I've been working at Siemens since 2019.": ["User has been working at Siemens since 2019"],
    "I quit my job at Acme.": ["User quit their job at Acme"],
    "I don't work at Initech anymore.": ["User doesn't work at Initech anymore"],
    # identity
    "My name is Alice and I'm 34 years old.": ["User's name is Alice", "User is 34 years old"],
    "hey, my name's Deb and i work in finance": ["User's name is Deb", "User works in finance"],
    "I am Jonas, I live in Munich, and I work at BMW.": ["User is Jonas", "User lives in Munich", "User works at BMW"],
    "My email address is alice@example.org.": ["User's email address is alice@example.org"],
    "My phone number is +1 555 123 4567.": ["User's phone number is +1 555 123 4567"],
    "My timezone is CET": ["User's timezone is CET"],
    "My birthday is on May 3.": ["User's birthday is on May 3"],
    "I speak French and Spanish.": ["User speaks French and Spanish"],
    "Call me Bob": ["User wants to be called Bob"],
    "I'm divorced.": ["User is divorced"],
    "I'm getting married next month.": ["User is getting married in June 2026"],
    # family, friends, pets
    "My sister Ann works at Acme in Oslo.": ["User's sister Ann works at Acme in Oslo"],
    "My brother Bob is a chef. He lives in Rome.": ["User's brother Bob is a chef", "User's brother Bob lives in Rome"],
    "My wife and I went camping last weekend.": [
        "User's wife and User went camping on the weekend of 2 May 2026",
    ],
    "My son is allergic to nuts.": ["User's son is allergic to nuts"],
    "I have two kids.": ["User has two kids"],
    "My dog's name is Rex.": ["User's dog is called Rex"],
    "We adopted a puppy named Luna!": ["User and others adopted a puppy named Luna"],
    "I met Carol at the gym yesterday.": ["User met Carol at the gym on 7 May 2026"],
    "We have a daughter named Emma.": ["User and others have a daughter named Emma"],
    "My husband, Tom, is a pilot.": ["User's husband Tom is a pilot"],
    "My son Max, who is 7, loves dinosaurs.": ["User's son Max, who is 7, loves dinosaurs"],
    "My mom's birthday is July 9.": ["User's mom's birthday is July 9"],
    "Karen is my boss.": ["Karen is User's boss"],
    "I don't have any pets.": ["User doesn't have any pets"],
    # preferences
    "I hate mushrooms.": ["User hates mushrooms"],
    "I no longer like coffee.": ["User no longer likes coffee"],
    "I don't really like spicy food.": ["User doesn't really like spicy food"],
    "I can't stand loud music": ["User can't stand loud music"],
    "I'm not a fan of jazz.": ["User is not a fan of jazz"],
    "My favourite colour is blue.": ["User's favourite colour is blue"],
    "I prefer tea over coffee.": ["User prefers tea over coffee"],
    "I'm vegan.": ["User is vegan"],
    "Please always answer in German.": ["User wants the assistant to answer in German"],
    "Never use tabs.": ["User wants the assistant to never use tabs"],
    "I'd love to visit Japan.": ["User would love to visit Japan"],
    "Thanks, Mel! I really enjoy painting landscapes.": ["User really enjoys painting landscapes"],
    # learning
    "I'm learning Python.": ["User is learning Python"],
    "I finished the Python course.": ["User finished the Python course"],
    "I got a job as a Python developer at Initech.": ["User got a job as a Python developer at Initech"],
    "I study physics at MIT.": ["User studies physics at MIT"],
    # events and plans
    "yesterday I ran a marathon": ["User ran a marathon on 7 May 2026"],
    "Last week I went to Paris with my cousin.": ["User went to Paris with their cousin in the week of 27 April 2026"],
    "I had dinner with Tom three days ago.": ["User had dinner with Tom on 5 May 2026"],
    "I'm meeting Dr. Smith on Tuesday.": ["User is meeting Dr. Smith on 12 May 2026"],
    "Just got back from Rome!": ["User just got back from Rome"],
    "Our deadline is on Friday.": ["User's deadline is on 15 May 2026"],
    "Remember that my flight to Boston leaves on 2026-06-01.": ["User's flight to Boston leaves on 2026-06-01"],
    'I told my boss "I quit" yesterday.': ['User told their boss "I quit" on 7 May 2026'],
    # decisions and projects
    "We decided to use Postgres.": ["User and others decided to use Postgres"],
    "Decision: use PostgreSQL for our billing.": ["Decision: use PostgreSQL for User's billing"],
    "Our staging environment is at staging.example.com.": ["User's staging environment is at staging.example.com"],
    "I switched from vim to Emacs.": ["User switched from vim to Emacs"],
    "I stopped using Docker.": ["User stopped using Docker"],
    "The API runs on port 8080.": ["The API runs on port 8080"],
    "Ann prefers tea.": ["Ann prefers tea"],
    # other languages stay as they were said
    "Ich wohne in Berlin und arbeite bei Siemens.": ["Ich wohne in Berlin und arbeite bei Siemens."],
    "J’habite à Paris depuis deux ans.": ["J’habite à Paris depuis deux ans."],
    "我住在北京，喜欢爬山。": ["我住在北京，喜欢爬山。"],
    "Vivo en Madrid con mi hermana. Hello!": ["Vivo en Madrid con mi hermana."],
    "Я живу в Москве и люблю кошек.": ["Я живу в Москве и люблю кошек."],
    # nothing is stated
    "What is your name?": [],
    "Can you help me with Python": [],
    "Hello there!": [],
    "Thanks, that's great!": [],
    "I see.": [],
    "I'm so glad you had a good time.": [],
    "I totally agree with you.": [],
    "Sounds good, talk soon!": [],
    "Wo wohnst du denn jetzt?": [],
    "": [],
    " \n\t": [],
}

SLOTS = {
    "I live in Berlin": ("user", "lives_in", "Berlin", True, True),
    "I moved from Rome to Oslo": ("user", "lives_in", "Oslo", True, True),
    "I moved away from Rome": ("user", "lives_in", "Rome", False, True),
    "I no longer live in Rome": ("user", "lives_in", "Rome", False, True),
    "I'm currently living in New York": ("user", "lives_in", "New York", True, True),
    "I work for Acme as a manager": ("user", "works_at", "Acme", True, True),
    "I joined Globex in May": ("user", "works_at", "Globex", True, True),
    "I quit Acme": ("user", "works_at", "Acme", False, True),
    "I am a pediatric nurse": ("user", "job_title", "pediatric nurse", True, True),
    "My name is Alice": ("user", "name", "Alice", True, True),
    "I'm Alice": ("user", "name", "Alice", True, True),
    "I turned 40 today": ("user", "age", "40", True, True),
    "I got divorced": ("user", "relationship_status", "divorced", True, True),
    "My favorite food is ramen": ("user", "favourite_food", "ramen", True, True),
    "I have a cat named Tom": ("user", "pet", "Tom", True, False),
    "My cat Tom is ill": ("user", "pet", "Tom", True, False),
    "I'm vegetarian now": ("user", "diet", "vegetarian", True, True),
    "I'm learning Rust": ("user", "learning:rust", "learning", True, True),
    "I completed the Rust course": ("user", "learning:rust", "finished", True, True),
    "I love jazz": ("user", "likes", "jazz", True, False),
    "I don't like jazz": ("user", "likes", "jazz", False, False),
    "I used to love jazz": ("user", "likes", "jazz", False, False),
    "I'm not into jazz": ("user", "likes", "jazz", False, False),
    "I use Emacs": ("user", "uses", "Emacs", True, False),
    "Reply to me in French": ("user", "preferred_language", "French", True, True),
    "My sister Ann lives in Oslo": ("ann", "lives_in", "Oslo", True, True),
    "Ann works at Acme": ("ann", "works_at", "Acme", True, True),
    "My mom's birthday is July 9": ("user's mom", "birthday", "July 9", True, True),
    "I'm a 28-year-old teacher from Chicago": ("user", "job_title", "teacher", True, True),
    "My parents live in Kerala": ("user's parents", "lives_in", "Kerala", True, True),
    "I was born in Lagos": ("user", "from", "Lagos", True, True),
    "I was born in 1990": ("user", "birthday", "1990", True, True),
    "My name is not Bob": None,
    "I live in a small house": None,
    "I was living in Rome": None,
    "I'm moving to Oslo next year": None,
    "I'm German": None,
    "I love having them around the house": None,
}


def said(text, **kwargs):
    return extract([Utterance(text, said_us=SAID_US, **kwargs)])


@pytest.mark.parametrize("sentence", CASES, ids=lambda text: text[:40] or "empty")
def test_sentence_gives_exactly_these_facts(sentence):
    assert [fact.text for fact in said(sentence)] == CASES[sentence]


@pytest.mark.parametrize("sentence", CASES, ids=lambda text: text[:40] or "empty")
def test_every_fact_of_the_cases_is_supported_by_its_span(sentence):
    for fact in said(sentence):
        start, end = fact.span
        assert 0 <= start < end <= len(sentence)
        assert fact.verified


@pytest.mark.parametrize("sentence", SLOTS)
def test_sentence_fills_exactly_this_slot(sentence):
    (fact,) = said(sentence)
    slot = fact.slot
    filled = slot and (slot.subject, slot.attribute, slot.value, slot.polarity, slot.exclusive)
    assert filled == SLOTS[sentence]
