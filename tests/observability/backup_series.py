"""A stand-in for kube-state-metrics: the series of the nightly backup's CronJob, which only a cluster has."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

HOUR = 3600.0


@dataclass
class BackupSeries:
    """The exporter. hours: since the last backup that succeeded."""

    address: str = ""
    hours: float = 1.0

    async def metrics(self, _request: web.Request) -> web.Response:
        """Answer a scrape."""
        succeeded = time.time() - self.hours * HOUR
        labels = '{namespace="parley",cronjob="backup"}'
        return web.Response(
            text=f"kube_cronjob_status_last_successful_time{labels} {succeeded:.0f}\n"
            f"kube_cronjob_created{labels} {succeeded - 240 * HOUR:.0f}\n"
        )


@asynccontextmanager
async def run_backup_series() -> AsyncIterator[BackupSeries]:
    """Export the series until the end of the block."""
    series = BackupSeries()
    app = web.Application()
    app.router.add_get("/metrics", series.metrics)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    series.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield series
    await runner.cleanup()
