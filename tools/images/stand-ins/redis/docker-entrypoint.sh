#!/bin/sh
set -e
# An option or a configuration file as first word is meant for redis-server.
if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then
  set -- redis-server "$@"
fi
# Files of the append-only log and dumps are nobody else's business.
if [ "$(umask)" = '0022' ]; then umask 0077; fi
exec "$@"
