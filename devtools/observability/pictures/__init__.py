"""Pictures of the dashboards, drawn from their JSON and a running Prometheus, as Grafana would lay them out.

python -m devtools.observability.pictures http://127.0.0.1:9090 --minutes 5 --to docs/pictures/dashboards
"""
