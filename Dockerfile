# Two stages: the first builds a virtual environment (and, through npm, the JavaScript that ships
# inside the package), the second carries only that.
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/hooksmith
COPY requirements.lock ./
RUN /opt/hooksmith/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN /opt/hooksmith/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin hooksmith \
 && install -d -o hooksmith -g hooksmith /data
COPY --from=build /opt/hooksmith /opt/hooksmith
ENV PATH=/opt/hooksmith/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOOKSMITH_HOST=0.0.0.0 \
    HOOKSMITH_DATA_DIR=/data
USER hooksmith
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/readyz', timeout=4)"]
CMD ["hooksmith", "serve"]
