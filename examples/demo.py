"""The main job, narrated: a month of two friends' messages, remembered, asked about, corrected, forked and erased.

    make demo        or        python examples/demo.py

Everything happens in a temporary directory, in this process, without network or key.
"""

from __future__ import annotations

import json
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ramet import Memory

CONVERSATION = Path(__file__).with_name("conversations") / "mara_and_jonas.json"
WIDTH = 80
CHAT = {"user_id": "mara", "app_id": "chat"}
NOTES = {"user_id": "mara", "app_id": "notes"}
Record = dict[str, Any]

console = Console(width=WIDTH, highlight=False)


def main() -> None:
    conversation = json.loads(CONVERSATION.read_text("utf-8"))
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as home, Memory(home) as memory:
        introduce(conversation, home)
        keep_what_was_said(memory, conversation)
        ask_the_chat(memory)
        note_what_follows(memory, conversation)
        ask_the_notes(memory)
        ask_about_another_day(memory)
        show_where_it_came_from(memory)
        undo_a_mistake(memory)
        prepare_a_prompt(memory)
        try_an_idea_on_a_branch(memory)
        erase_for_good(memory, Path(home))
    say(f"That took {time.perf_counter() - began:.1f} seconds. Begin with docs/tutorials/first-memory.md.")


# -- the chapters -------------------------------------------------------------------------------------------------


def introduce(conversation: Record, home: str) -> None:
    sessions = conversation["sessions"]
    turns = sum(len(session["turns"]) for session in sessions)
    console.print()
    console.rule(Text("Ramet", style="bold"))
    say(
        f"Two friends, Mara and Jonas, write to each other: {turns} messages in {len(sessions)} conversations, from "
        f"{sessions[0]['said_at'][:10]} to {sessions[-1]['said_at'][:10]}. It begins like this:"
    )
    for turn in sessions[0]["turns"][:4]:
        quote(turn["name"], turn["text"])
    say(f"The data directory is {home}. There is no server, no key and no network.")


def keep_what_was_said(memory: Memory, conversation: Record) -> None:
    chapter(1, "Keep what was said, word for word", "memory.add(turns, ..., infer=False)")
    began = time.perf_counter()
    stored = 0
    for session in conversation["sessions"]:
        added = memory.add(
            messages_of(session), **CHAT, run_id=session["id"], timestamp=session["said_at"], infer=False
        )
        stored += len(added["results"])
    say(f"{stored} turns stored, embedded and indexed in {time.perf_counter() - began:.2f} s.")


def ask_the_chat(memory: Memory) -> None:
    chapter(2, "Ask the chat", "memory.search(question, ...)")
    say("The score lies between 0 and 1. It depends on the question and the turn, on nothing else that is stored.")
    ask(memory, "Why did every invoice go out twice?", CHAT)
    ask(memory, "What did Mara get when she left Brandt?", CHAT)
    ask(memory, "ERR-4417", CHAT)


def note_what_follows(memory: Memory, conversation: Record) -> None:
    chapter(3, "Note what follows from it", "memory.add(turns, ...)")
    say("The built-in extractor reads the same messages, by rules. It resolves dates and sees when a fact has changed.")
    changes = []
    for session in conversation["sessions"]:
        added = memory.add(messages_of(session), **NOTES, timestamp=session["said_at"])["results"]
        say(f"{session['said_at'][:10]}: {len(added)} facts, among them")
        bullets(row["memory"] for row in pick(added, 3))
        changes += [row for row in added if row["event"] == "UPDATE"]
    say("These took the place of something older:")
    table(
        ("was", "is now"), [(row["previous_memory"], row["memory"]) for row in changes], styles=("dim strike", "green")
    )


def ask_the_notes(memory: Memory) -> None:
    chapter(4, "Ask the notes", "memory.search(question, ...)")
    ask(memory, "Where does Mara live?", NOTES)
    ask(memory, "What can't Jonas eat?", NOTES)
    ask(memory, "When is Clara getting married?", NOTES)


def ask_about_another_day(memory: Memory) -> None:
    chapter(5, "Ask about another day", 'memory.search(..., as_of="2025-09-10")')
    say("What is no longer true has not gone. On 10 September this was the answer:")
    ask(memory, "Where does Mara live?", NOTES, as_of="2025-09-10")


def show_where_it_came_from(memory: Memory) -> None:
    chapter(6, "Ask why", "memory.why(id)")
    why = memory.why(best(memory, "Does Mara like coffee?")["id"])
    source = why["sources"][0]
    say(f"Ramet believes: {why['memory']}.")
    say(f"Because on {source['said_at'][:10]} {source['name']} said:")
    quote(source["name"], source["text"], mark=source["quote"])
    bullets(f"{row['event']}, {superseding(memory, row)}" for row in why["decisions"])


def undo_a_mistake(memory: Memory) -> None:
    chapter(7, "Undo a mistake", "memory.undo(operation_id)")
    porto = best(memory, "Where does Mara live?")
    mistake = memory.update(porto["id"], "Mara lives in Lisbon")
    say(f"Somebody changes a memory:    {memory.get(porto['id'])['memory']}.")
    memory.undo(mistake["operation_id"])
    say(f"After undo it says again:     {memory.get(porto['id'])['memory']}.")
    say("Its history keeps all three:")
    table(
        ("event", "before", "after"),
        [(row["event"], row["old_memory"] or "", row["new_memory"] or "") for row in memory.history(porto["id"])],
    )


def prepare_a_prompt(memory: Memory) -> None:
    chapter(8, "Prepare a prompt", "memory.context(question, max_tokens=120)")
    block = memory.context("Where does Mara live and work, and what does she drink?", max_tokens=120, **NOTES)
    say(f"{block['tokens']} tokens, ready to be put before a model; each line cites its memory:")
    console.print(Padding(Text(block["text"], style="cyan"), (0, 2)))


def try_an_idea_on_a_branch(memory: Memory) -> None:
    chapter(9, "Try an idea on a branch", "memory.fork(name) ... memory.merge_branch(name)")
    began = time.perf_counter()
    memory.fork("what-if")
    say(f"Forked in {(time.perf_counter() - began) * 1000:.1f} ms: one row, whatever the size. On the branch:")
    told = memory.add(
        [{"role": "user", "name": "Mara", "content": "I live in Lisbon. My budget is 1,600 euros."}],
        **NOTES,
        timestamp="2025-12-01",
        branch="what-if",
    )
    bullets(f"{row['event']} {row['memory']}" for row in told["results"])
    for name in ("main", "what-if"):
        say(f"{name + ':':9} {best(memory, 'Where does Mara live?', branch=name)['memory']}.")
    diff = memory.diff("main", "what-if")
    say("diff main what-if: " + ", ".join(f"{len(rows)} {kind}" for kind, rows in diff.items()) + ".")
    merged = memory.merge_branch("what-if")
    say(f"Merged: {merged['merged']} memories, {len(merged['conflicts'])} conflicts. Now main says:")
    ask(memory, "Where does Mara live?", NOTES)


def erase_for_good(memory: Memory, home: Path) -> None:
    chapter(10, "Erase for good", 'memory.erase(user_id="mara")')
    before = files_with(home, b"stapler")
    say(f"The word stapler stands in {', '.join(path.name for path in before)}.")
    receipt = memory.erase(user_id="mara")
    counts = ", ".join(f"{count} {kind}" for kind, count in receipt["counts"].items())
    problems = memory.verify_receipt(receipt)
    say(f"Erased on every branch: {counts}.")
    say(f"The receipt is signed (Ed25519) and {'wrong: ' + ' '.join(problems) if problems else 'valid'}.")
    left = files_with(home, b"stapler")
    say(f"The word stapler now stands in {len(left)} files. The receipt also says what an erasure can't reach:")
    bullets(receipt["not_reached"])
    if problems or left or not before:
        sys.exit("The erasure could not be proven.")


# -- asking ---------------------------------------------------------------------------------------------------------


def messages_of(session: Record) -> list[Record]:
    return [{"role": "user", "name": turn["name"], "content": turn["text"]} for turn in session["turns"]]


def best(memory: Memory, question: str, **options: Any) -> Record:  # noqa: ANN401 - search's own
    return memory.search(question, **NOTES, top_k=1, **options)["results"][0]


def ask(memory: Memory, question: str, scope: Record, **options: Any) -> None:  # noqa: ANN401 - search's own
    console.print(Padding(Text(question, style="bold"), (1, 2, 0, 2)))
    found = memory.search(question, **scope, top_k=2, **options)["results"]
    table(
        ("score", "said", "memory"),
        [(f"{row['score']:.2f}", row["said_at"][:10], spoken(row)) for row in found],
        styles=("yellow", "dim", ""),
    )


def spoken(row: Record) -> str:
    return f"{row['actor_id']}: {row['memory']}" if row.get("role") else row["memory"]


def superseding(memory: Memory, decision: Record) -> str:
    olds = [memory.get(old)["memory"] for old in decision["supersedes"]]
    return "in the place of: " + "; ".join(olds) if olds else "on " + decision["at"][:10]


def files_with(home: Path, needle: bytes) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and needle in path.read_bytes()]


# -- showing --------------------------------------------------------------------------------------------------------


def chapter(number: int, title: str, call: str) -> None:
    console.print()
    console.rule(Text(f"{number}. {title}", style="bold"), align="left")
    console.print(Text(f"  {call}\n", style="magenta"))


def say(sentence: str) -> None:
    console.print(Padding(Text(sentence), (0, 2)))


def quote(name: str, text: str, mark: str = "") -> None:
    line = Text(f"{name}: {text}", style="italic")
    if mark:
        line.highlight_words([mark], style="bold green")
    console.print(Padding(line, (0, 2, 0, 4)))


def bullets(lines: Iterable[str]) -> None:
    for line in lines:
        console.print(textwrap.fill(line, WIDTH - 4, initial_indent="    - ", subsequent_indent="      "), markup=False)


def pick(rows: list[Record], count: int) -> list[Record]:
    """Return some of the rows, spread evenly."""
    return rows[:: max(1, len(rows) // count)][:count]


def table(heads: tuple[str, ...], rows: list[tuple[str, ...]], styles: tuple[str, ...] = ()) -> None:
    grid = Table(box=None, padding=(0, 1), header_style="dim")
    for n, head in enumerate(heads):
        last = n == len(heads) - 1
        grid.add_column(head, style=styles[n] if styles else "", overflow="fold", ratio=1 if last else None)
    for row in rows:
        grid.add_row(*map(Text, row))
    console.print(Padding(grid, (0, 2)))


if __name__ == "__main__":
    main()
