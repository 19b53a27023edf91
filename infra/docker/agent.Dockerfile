# The storage agent. From the repository's root:
#   docker build -f infra/docker/agent.Dockerfile -t mogile-edge-agent .
# Disks are mounted into it, and belong to the account 64007 (chown -R 64007:64007 /srv/mogdata):
#   docker run --network host -v /srv/mogdata:/var/mogdata:rslave --stop-timeout 30 \
#     --env-file agent.env mogile-edge-agent
FROM node:24.21.0-bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY storage-agent storage-agent
COPY shared shared
COPY infra infra
RUN node infra/deb/executable.ts /build/mog-agent

FROM debian:bookworm-slim
# flock and sync are here; smartctl, where the container is given the devices, is not
RUN groupadd --gid 64007 mogile-edge \
    && useradd --uid 64007 --gid 64007 --home-dir /var/mogdata --shell /usr/sbin/nologin mogile-edge \
    && install -d -o mogile-edge -g mogile-edge -m 0750 /var/mogdata
COPY --from=build /build/mog-agent /usr/bin/mog-agent
COPY storage-agent/agent.env.example /usr/share/doc/mogile-edge-agent/agent.env
USER mogile-edge
VOLUME /var/mogdata
EXPOSE 7500
# what is under way has 10 s, and a disk that hangs as long again
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/mog-agent"]
