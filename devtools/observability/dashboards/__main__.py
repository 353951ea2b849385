"""Generate deploy/grafana/dashboards."""

from devtools.observability.dashboards import write

if __name__ == "__main__":
    write()
