# One image for api, worker and sandbox; the command decides.
FROM python:3.12-slim AS build
WORKDIR /app
RUN pip install --no-cache-dir uv && uv venv /venv
COPY requirements/runtime.lock requirements/
RUN VIRTUAL_ENV=/venv uv pip install --no-cache --require-hashes --no-deps -r requirements/runtime.lock
COPY . .
RUN VIRTUAL_ENV=/venv uv pip install --no-cache --no-deps . && /venv/bin/python -m compileall -q /venv >/dev/null || true

FROM python:3.12-slim
# Tesseract reads scans better than the bundled models where it is installed.
RUN apt-get update && apt-get install -y --no-install-recommends tesseract-ocr && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 pacta && mkdir /data && chown pacta /data
COPY --from=build /venv /venv
COPY --from=build --chown=pacta /app /app
WORKDIR /app
USER pacta
ENV PATH=/venv/bin:$PATH PACTA_HOME=/data
EXPOSE 8000
CMD ["pacta", "serve", "--host", "0.0.0.0", "--no-work"]
