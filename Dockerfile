# syntax=docker/dockerfile:1
# Two images: `runtime` (the last stage: all services and the topics command) and `tools` (the same and the `parley`
# command). Both install exactly the locked packages, by hash, from wheels only: nothing is compiled, and a changed
# package is rejected. Name the base image by digest, so that every build has the same one:
#   docker build --build-arg PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:… -t parley:1.0.0 .
#   docker build --target tools -t parley-tools:1.0.0 .
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

# checkov:skip=CKV_DOCKER_7:the tag is in the argument
FROM ${PYTHON_IMAGE} AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv --without-pip /opt/parley
COPY requirements.txt /tmp/
# Compiled once here: with a read-only file system every start would compile anew.
RUN pip --python /opt/parley/bin/python install --no-compile --require-hashes --only-binary :all: \
    -r /tmp/requirements.txt && \
    python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/parley/lib

FROM packages AS tools-packages
COPY requirements-tools.txt /tmp/
RUN pip --python /opt/parley/bin/python install --no-compile --require-hashes --only-binary :all: \
    -r /tmp/requirements-tools.txt && \
    python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/parley/lib

# The console's pages, as `make web` builds them, with the pinned Node of PyPI: no second base image is needed.
FROM ${PYTHON_IMAGE} AS pages
WORKDIR /app
COPY requirements-node.txt ./
COPY devtools/__init__.py devtools/
COPY devtools/web devtools/web
COPY web/package.json web/package-lock.json web/
RUN python -c "from devtools.web import build, node; build.install_packages(node.find_node())"
COPY docs/openapi.json docs/
COPY shared/flows/flow.schema.json shared/flows/
COPY web web
RUN python -m devtools.web && chmod -R u=rwX,go=rX services/console/static

FROM ${PYTHON_IMAGE} AS source
WORKDIR /app
COPY services services
COPY shared shared
COPY deploy/image /image
# In a checkout made with umask 077 only its owner may read the files.
RUN chmod -R u=rwX,go=rX /app /image && python -m compileall -q --invalidation-mode unchecked-hash /app

FROM source AS tools-source
COPY devtools devtools
RUN chmod -R u=rwX,go=rX devtools && python -m compileall -q --invalidation-mode unchecked-hash devtools

FROM ${PYTHON_IMAGE} AS base
# A numeric user, because Kubernetes cannot tell from a name that it is not root. The user owns no file of the image, and
# the root file system may be read-only: only /tmp is written to.
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin parley
ENV PATH=/opt/parley/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BIND_HOST=0.0.0.0 \
    OPS_PORT=9100
WORKDIR /app

FROM base AS tools
COPY --from=tools-packages /opt/parley /opt/parley
COPY --from=tools-source /app /app
COPY --from=tools-source /image/parley /usr/local/bin/parley
# A new volume gets the owner of this folder.
RUN mkdir /backup && chown 10001 /backup
USER 10001
# A shell for `parley` commands; it serves nothing.
HEALTHCHECK NONE
CMD ["sleep", "infinity"]

FROM base AS runtime
COPY --from=packages /opt/parley /opt/parley
COPY --from=source /app /app
COPY --from=pages /app/services/console/static services/console/static
COPY --from=source /image/healthcheck.py /usr/local/lib/parley/healthcheck.py
USER 10001
EXPOSE 8080 8090 9100
# For Docker and Compose; Kubernetes probes the same port. A start may wait 90 s for a store.
HEALTHCHECK --interval=10s --timeout=5s --start-period=100s --retries=3 \
    CMD ["python", "-IS", "/usr/local/lib/parley/healthcheck.py"]
# Compose and Kubernetes set the command: python -m services.ingress|router|ai|delivery|console, python -m shared.kafka.admin.
CMD ["python", "-m", "services.ingress"]
