# One image for every process of ours, and one (target `printer`) for the development printer.
FROM node:24-bookworm AS packages
WORKDIR /service
# What is compiled here (pkcs11js) takes the image's own headers: it is optional, so had they to be fetched and could not, it would be missing unseen.
ENV npm_config_nodedir=/usr/local
COPY package.json package-lock.json ./
# The image has Node: the package that brings it to other machines is a second one of 190 MB.
RUN npm ci --omit=dev --no-audit --no-fund && rm -r node_modules/node node_modules/.bin/node && node -e "require('graphene-pk11')"

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
