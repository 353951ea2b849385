"""`python -m devtools.deploy`: verify `deploy/`, the Dockerfile and docker-compose.yml, without a cluster."""
