# One image for every process of ours, and one (target `printer`) for the development printer.
FROM node:24-bookworm AS packages
WORKDIR /service
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim AS service
ENV NODE_ENV=production
WORKDIR /service
COPY --from=packages /service/node_modules ./node_modules
COPY . .
USER node
# Which process it is, is said by the command: web/server.ts, api/server.ts, authentication/server.ts, workers/…
CMD ["node", "web/server.ts"]

FROM debian:bookworm-slim AS printer
RUN apt-get update && apt-get install -y --no-install-recommends cups-ipp-utils dbus-daemon && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home printer && install -d -o printer /printed /spool
COPY dev/services/card-printer.conf dev/services/card-printer.sh /opt/printer/
USER printer
CMD ["/opt/printer/card-printer.sh"]
