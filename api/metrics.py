"""Count for Prometheus: requests by route and status, how long they took, verdicts; never what they were about."""

import os
import time
from typing import Any

from flask import Flask, Response, g, request

from api.served import serving

FOLDER = (
    "PROMETHEUS_MULTIPROC_DIR"  # where the workers of one service share what they count; set before this is imported
)
_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24)
_OWN, _VERDICTS = "mtus-metrics", "mtus-verdicts"
_VERSION = """\
# HELP mtus_knowledge_info Version of the knowledge in use.
# TYPE mtus_knowledge_info gauge
mtus_knowledge_info{{version="{version}"}} 1
"""


def register(app: Flask) -> None:
    """Count every request of a service."""
    from prometheus_client import CollectorRegistry, Counter, Histogram  # when imported, it looks for the folder

    own = CollectorRegistry()
    requests = Counter("mtus_requests", "Requests answered.", ("route", "method", "status"), registry=own)
    seconds = Histogram("mtus_request_seconds", "Time to answer.", ("route",), buckets=_BUCKETS, registry=own)

    verdicts = Counter("mtus_determinations", "Request lines decided.", ("verdict",), registry=own)

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def count(answer: Response) -> Response:
        route = str(request.url_rule or "none")
        requests.labels(route, _method(), answer.status_code).inc()
        if "begun" in g:
            seconds.labels(route).observe(time.perf_counter() - g.begun)
        return answer

    app.extensions.update({_OWN: own, _VERDICTS: verdicts})


def decided(app: Flask, answer: dict[str, Any]) -> None:
    """Count the lines of an answer by verdict; a line that could not be decided counts as `none`."""
    for line in answer["requests"]:
        verdict = line["determination"]["verdict"] if line["determination"] else "none"
        app.extensions[_VERDICTS].labels(verdict).inc()


def written(app: Flask) -> Response:
    """Write what all workers of the service have counted."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    own: CollectorRegistry = app.extensions[_OWN]
    if os.environ.get(FOLDER):
        own = CollectorRegistry()
        MultiProcessCollector(own)  # type: ignore[no-untyped-call]
    version = _VERSION.format(version=serving(app).knowledge.version)
    return Response(generate_latest(own).decode() + version, content_type=CONTENT_TYPE_LATEST)


def _method() -> str:
    return request.method if request.method in ("GET", "HEAD", "POST", "OPTIONS") else "other"
