# An image that runs Cheeseshop as an ordinary user, with its own PostgreSQL in /data or on yours by CHEESESHOP_DATABASE_URL.
# packaging/try-steps.sh runs these steps without a container engine; keep the two in step.
ARG NODE=node:26-slim

FROM ${NODE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN ["npm", "ci", "--ignore-scripts"]
COPY tsconfig.json ./
COPY tools tools
COPY src src
RUN ["npm", "run", "build"]

FROM ${NODE} AS production
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN ["npm", "ci", "--omit=dev", "--ignore-scripts"]
# The base image has a Node 26 already, so the one that comes with the install (200 MB) stays behind.
RUN ["find", "node_modules", "-maxdepth", "1", "-name", "node-*linux-*", "-exec", "rm", "-r", "{}", "+"]
RUN ["rm", "-f", "node_modules/.bin/node"]

FROM ${NODE}
# PostgreSQL refuses to run as root and as a user without a name.
RUN ["useradd", "--uid", "10001", "--user-group", "--no-create-home", "--home-dir", "/data", "--shell", "/usr/sbin/nologin", "cheeseshop"]
RUN ["install", "--directory", "--owner=cheeseshop", "--group=cheeseshop", "--mode=0700", "/data"]
WORKDIR /app
COPY package.json LICENSE ./
COPY migrations migrations
COPY --from=production /build/node_modules node_modules
COPY --from=build /build/dist dist
RUN ["ln", "-s", "/app/dist/main.js", "/usr/local/bin/cheeseshop"]

USER cheeseshop
ENV NODE_ENV=production CHEESESHOP_DATA=/data CHEESESHOP_HOST=0.0.0.0
VOLUME ["/data"]
EXPOSE 8080
# The supervisor drains on SIGTERM, for up to five minutes: give it that time with --stop-timeout 330.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.CHEESESHOP_PORT ?? 8080}/_health/`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["cheeseshop"]
CMD ["serve"]
