"""The first request of each sort takes no longer than ten later ones: all that is made once is made before."""

import json
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.world import CASE

ROOT = Path(__file__).parents[1]
_JSON = {"Accept": "application/json"}
_ENOUGH = 0.05  # seconds of the processor: nobody notices less
_TIMES = 5


def requests():
    """Give the sorts of requests; each is asked again and again."""
    letter = (ROOT / "tests" / "letters" / "massage_2014.txt").read_text(encoding="utf-8")
    hook = json.loads((ROOT / "tests" / "fhir" / "massage_with_exercise.json").read_text(encoding="utf-8"))
    yield "post", "/determinations", {"json": CASE}
    yield "post", "/determinations", {"data": letter.encode(), "content_type": "text/plain"}
    yield "post", "/determinations/batch", {"data": json.dumps(CASE), "content_type": "application/x-ndjson"}
    yield "post", "/cds-services/mtus-order-sign", {"json": hook}
    yield "get", "/review", {}
    yield "post", "/review", {"data": {"letter": letter}}
    for path in ("/lookup?service=massage_therapy", "/requirements?service=massage_therapy", "/crosswalk?icd=M54.5",
                 "/queries", "/queries/editions", "/sparql", "/sparql?query=ASK%7B%7D", "/search?q=massage",
                 "/guidelines", "/concepts", "/metrics", "/ready", "/openapi.json"):  # fmt: skip
        yield "get", path, {"headers": _JSON if not path.startswith("/sparql") else {}}
    for path in ("/", "/guidelines", "/concepts", "/a-z", "/to-verify", "/search?q=massage",
                 "/concept/massage_therapy", "/mtus-chronic-pain-2009/massage_therapy",
                 "/mtus-chronic-pain-2009", "/queries", "/nowhere"):  # fmt: skip
        yield "get", path, {"headers": {"Accept": "text/html"}}


def measured():
    """Start a service in this process, and take the time of the first and of a later request of each sort."""
    from api import Settings, create_app
    from api.served import serve_warm, serving
    from kb import load_knowledge

    app = create_app(Settings(), load_knowledge())
    serve_warm(app, serving(app))
    client = app.test_client()
    for method, path, more in requests():
        times = []
        for _ in range(_TIMES):
            begin = time.process_time()
            status = getattr(client, method)(path, **more).status_code
            times.append(time.process_time() - begin)
        yield f"{method} {path}", status, times[0], sorted(times[1:])[_TIMES // 2]


def test_the_first_of_each_sort_is_answered_as_fast_as_later_ones():
    run = [sys.executable, "-m", "tests.test_warm"]  # a process in which nothing has been done before
    done = subprocess.run(run, capture_output=True, text=True, cwd=ROOT, timeout=400, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(found) == len(list(requests()))
    assert {name: status for name, status, *_ in found if status != 200} == {"get /nowhere": 404}
    slow = {name: (first, later) for name, _, first, later in found if first > max(10 * later, _ENOUGH)}
    assert slow == {}


if __name__ == "__main__":
    print(json.dumps(list(measured())))
