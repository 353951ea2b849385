"""`python -m devtools.deploy.engine`: build the image with a real Docker engine and run docker-compose.yml with it."""
