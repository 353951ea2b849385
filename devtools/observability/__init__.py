"""Generate and check dashboards and alerts. `make verify-obs` runs the checks."""
