"""Run the exporter: `python -m shared.kafka.lag`."""

from shared.kafka.lag.exporter import wire
from shared.service import process

if __name__ == "__main__":
    raise SystemExit(process.run("lag", wire, secrets_key=False))
