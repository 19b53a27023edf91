# The tracker on Node. From the repository's root:
#   docker build -f infra/docker/tracker.Dockerfile -t mogile-edge-tracker .
#   docker run -p 7080:7080 --env-file tracker.env mogile-edge-tracker
# The schema, before the first start and with each new version:
#   docker run --rm --env-file tracker.env mogile-edge-tracker infra/migrate.ts
FROM node:24.21.0-bookworm-slim
WORKDIR /opt/mogile-edge
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund && npm cache clean --force
COPY shared shared
COPY edge-tracker edge-tracker
COPY infra infra
USER node
ENV TRACKER_HOST=0.0.0.0 TRACKER_PORT=7080
EXPOSE 7080
STOPSIGNAL SIGTERM
ENTRYPOINT ["node"]
CMD ["infra/serve/main.ts"]
