# Throughline in one image: the same one serves the API, the workers and the beat.
FROM python:3.11-slim-bookworm AS build
WORKDIR /opt/throughline
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv .venv
COPY requirements.lock pyproject.toml README.md ./
RUN .venv/bin/pip install --requirement requirements.lock
COPY api api
COPY cli cli
COPY domain domain
COPY eval eval
COPY ingest ingest
COPY journey journey
COPY nlp nlp
COPY samples samples
COPY settings settings
COPY storage storage
COPY themes themes
COPY workers workers
RUN .venv/bin/pip install --no-deps --no-build-isolation --editable . \
    && .venv/bin/throughline models build

FROM python:3.11-slim-bookworm
WORKDIR /opt/throughline
RUN useradd --system --uid 10001 --home-dir /opt/throughline throughline
COPY --from=build --chown=10001:10001 /opt/throughline /opt/throughline
# Kept tables are written here: a volume that is mounted over it takes its owner and its mode.
RUN install -d -o 10001 -g 10001 -m 700 /opt/throughline/var/mart
ENV PATH=/opt/throughline/.venv/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["throughline", "serve", "--host", "0.0.0.0", "--port", "8000"]
