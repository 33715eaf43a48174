"""Figures for Prometheus: how the server is, without anybody's name. The list of them: ``docs/operator.md``.

What has no web face of its own – the fork server, the grader, backups – is told here, for the portal knows it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import Request
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from starlette.responses import Response

from sandyq.prefork.client import Refused, ServerAway, ask_status
from sandyq.school.database import Database
from sandyq.school.tables import GradingJob
from sandyq.settings import Settings
from sandyq_portal.server_health import TIMEOUT, examine

BUCKETS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
STATES: Final = ("waiting", "running", "failed")


class Metrics:
    """The portal's own figures, and those it reads when it is asked."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "sandyq_portal_request_seconds",
            "Time that the portal took to answer",
            ("route", "method", "status"),
            registry=self.registry,
            buckets=BUCKETS,
        )
        self.registry.register(ServerFigures(settings, database))

    def write(self) -> bytes:
        return generate_latest(self.registry)

    async def time_request(
        self, request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        """Note how long an answer took, by the route's pattern: an address itself may name somebody."""
        began = time.perf_counter()
        status = 500
        try:
            response = await call_next(request)
            status = response.status_code
            return response
        finally:
            route = getattr(request.scope.get("route"), "path", "none")
            label = f"{status // 100}xx"
            self.requests.labels(route, request.method, label).observe(time.perf_counter() - began)


class ServerFigures(Collector):
    """Read anew each time they are asked for."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings, self.database = settings, database

    def collect(self) -> Iterable[Metric]:
        yield from self._machine()
        yield from self._forks()
        yield from self._grading()

    def describe(self) -> Iterable[Metric]:
        """Nothing is read when the collector is registered."""
        return ()

    def _machine(self) -> Iterable[Metric]:
        health = examine(self.settings)
        parts = GaugeMetricFamily("sandyq_part_up", "1: the part answers", labels=["part"])
        for part, is_up in health.parts.items():
            parts.add_metric([part], float(is_up))
        incidents = GaugeMetricFamily(
            "sandyq_part_incidents_day",
            "How often a part ended by itself in the last day and was started again",
            labels=["part"],
        )
        ended = [each.part for each in health.incidents]
        for part in sorted({*health.parts, *ended}):
            incidents.add_metric([part], ended.count(part))
        kept = [each.at for each in health.backups if each.at]
        age = (datetime.now(UTC) - max(kept)).total_seconds() if kept else float("inf")
        yield from (
            parts,
            incidents,
            GaugeMetricFamily("sandyq_disk_free_bytes", "Free on the disk", health.free_gigabytes * 1e9),
            GaugeMetricFamily("sandyq_memory_free_bytes", "To be had", health.free_memory * 1e9),
            GaugeMetricFamily(
                "sandyq_load_per_core", "Processes that want a core, five minutes", health.load
            ),
            GaugeMetricFamily("sandyq_backup_age_seconds", "Since the newest backup; +Inf: none", age),
        )
        if health.database_megabytes is not None:
            size = health.database_megabytes * 1e6
            yield GaugeMetricFamily("sandyq_school_database_bytes", "Size of the school's database", size)

    def _forks(self) -> Iterable[Metric]:
        try:
            status = asyncio.run(asyncio.wait_for(ask_status(self.settings.fork_socket), TIMEOUT))
        except (ServerAway, Refused, TimeoutError):
            return
        full = GaugeMetricFamily("sandyq_disk_shares_nearly_full", "Folders of people", len(status["disk"]))
        memory = GaugeMetricFamily("sandyq_template_bytes", "Memory of base templates", labels=["template"])
        for name, template in status["templates"].items():
            if not template["grown"]:  # those are called after lessons
                memory.add_metric([name], template["memory"])
        launched = CounterMetricFamily("sandyq_forks_launched", "Processes forked", status["launched"])
        yield from (full, memory, launched)
        yield GaugeMetricFamily("sandyq_forks_living", "Servers and kernels at work", status["children"])

    def _grading(self) -> Iterable[Metric]:
        with self.database.reading() as session:
            rows: list[Any] = list(
                session.execute(select(GradingJob.state, func.count()).group_by(GradingJob.state))
            )
        counted = dict(rows)
        jobs = GaugeMetricFamily("sandyq_grading_jobs", "Hand-ins in the queue, by state", labels=["state"])
        for state in STATES:
            jobs.add_metric([state], counted.get(state, 0))
        yield jobs
