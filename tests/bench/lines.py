"""Measure many cases over HTTP: `python -m tests.bench.lines CASES ROUNDS`, both views in turn, no two cases alike.

Prints for each round the seconds of this thread and of the process that a line takes, the answer written; nothing is
sent through a socket. The first round of each view learns.
"""

import json
import os
import sys
import time
from itertools import islice

from api import Settings, create_app
from kb import load_knowledge
from kb.warm import warm
from tests.bench.realistic import Realistic


def main() -> None:
    """Measure and print."""
    count, rounds = (int(word) for word in sys.argv[1:3])
    knowledge = load_knowledge()
    warm(knowledge)
    client, cases = create_app(Settings(), knowledge).test_client(), Realistic(knowledge, 1).cases()
    for _ in range(rounds):
        for view, share in (("", 10), ("?view=verdicts", 1)):
            body = b"".join(json.dumps(case, default=str).encode() + b"\n" for case in islice(cases, count // share))
            thread, process = time.thread_time(), time.process_time()
            answer = client.post(f"/determinations/batch{view}", data=body, content_type="application/x-ndjson")
            lines = answer.data.count(b"\n")
            thread, process = time.thread_time() - thread, time.process_time() - process
            print(
                f"{view or 'whole'}: {lines} lines, {len(answer.data) / lines:.0f} bytes each,"
                f" {lines / thread:.0f} a second of the thread, {lines / process:.0f} of the process;"
                f" load {os.getloadavg()[0]:.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
