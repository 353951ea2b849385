"""`python -m devtools.deploy`: verifies `deploy/`, the Dockerfile and docker-compose.yml, without a cluster."""
