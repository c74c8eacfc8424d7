#!/bin/sh
# The printer of docker-compose.yml: listens on PRINTER_PORT, and copies each card to /printed. It will not start without a message bus.
set -eu
here=$(dirname "$0")
cat >/tmp/print <<'EOF'
#!/bin/sh
sleep 1
cp "$1" "/printed/$(date +%Y%m%dT%H%M%S)-$(basename "$1")"
EOF
chmod 755 /tmp/print
export here
exec dbus-run-session -- sh -c 'DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS exec ippeveprinter -r off -p "${PRINTER_PORT:-8631}" \
  -l "Main reception" -d /spool -c /tmp/print -a "$here/card-printer.conf" "Card printer"'
