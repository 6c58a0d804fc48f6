# syntax=docker/dockerfile:1
# The version for which requirements.lock was made.
ARG PYTHON=3.11-slim

FROM python:${PYTHON} AS build
WORKDIR /src
RUN python -m venv /opt/dualtrack
ENV PATH=/opt/dualtrack/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# The locked dependencies first: they change less often than the program.
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md CHANGELOG.md ./
COPY examples examples
COPY schemas schemas
COPY service service
RUN pip install --no-deps .

FROM python:${PYTHON}
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin dualtrack \
 && install -d -o dualtrack -g dualtrack -m 0750 /data
COPY --from=build /opt/dualtrack /opt/dualtrack
ENV PATH=/opt/dualtrack/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DUALTRACK_HOST=0.0.0.0 \
    DUALTRACK_PORT=8000 \
    DUALTRACK_DATABASE_URL=sqlite:////data/dualtrack.db
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 CMD ["python", "-m", "service", "health"]
# DUALTRACK_SECRET_KEY is given when the container is run. `dualtrack migrate` is run before, by hand or as a job.
ENTRYPOINT ["python", "-m", "service"]
CMD ["serve"]
