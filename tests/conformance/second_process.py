"""Run by a test: opens the store that the test has open, adds one memory and prints what it sees.

Usage: ``python -m tests.conformance.second_process SUBJECT HOME BASE_URL``
"""

import json
import sys
from pathlib import Path

from tests.conformance.subjects import SUBJECTS


def main(name: str, home: str, base_url: str) -> None:
    with SUBJECTS[name](Path(home), base_url) as subject:
        memory = subject.memory()
        memory.add("tea from the second process", user_id="ann", infer=False)
        rows = memory.get_all(filters={"user_id": "ann"})["results"]
    sys.stdout.write(json.dumps([row["memory"] for row in rows]))


if __name__ == "__main__":
    main(*sys.argv[1:])
