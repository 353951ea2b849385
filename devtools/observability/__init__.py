"""What makes and checks dashboards and alerts. `make verify-obs` runs the checks."""
