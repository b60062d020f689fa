# The daemon and the board in a container; see docs/operations.md. compose.yaml runs both, compose.nodes.yaml nodes.
FROM python:3.12-slim AS build
WORKDIR /src
ARG LOCK=requirements.lock
COPY requirements.lock requirements-postgres.lock pyproject.toml README.md ./
RUN python -m venv /opt/notifier \
    && /opt/notifier/bin/pip install --no-cache-dir --require-hashes -r "$LOCK"
COPY notifier notifier
RUN /opt/notifier/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim
COPY --from=build /opt/notifier /opt/notifier
# no user of the machine; the folders that are mounted belong to it
RUN groupadd --gid 10001 notifier \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin notifier \
    && install -d -o 10001 -g 10001 -m 0700 /data \
    && install -d -o 10001 -g 10001 -m 0750 /inbox
ENV PATH=/opt/notifier/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp \
    NOTIFIER_INBOX=/inbox \
    NOTIFIER_LEDGER__FILE=/data/notifier.db \
    NOTIFIER_BACKUPS__FOLDER=/data/backups
USER 10001:10001
WORKDIR /data
VOLUME ["/data", "/inbox"]
# the daemon runs and has moved lately
HEALTHCHECK --interval=1m --timeout=20s --start-period=5m --retries=3 \
    CMD ["notifier", "-c", "/etc/notifier/config.toml", "status"]
ENTRYPOINT ["notifier", "-c", "/etc/notifier/config.toml"]
CMD ["run"]
