#!/bin/sh
# Draws what is secret into deploy/secrets (ignored by git), each value once: running it again keeps what is there.
#   deploy/make-secrets.sh                        passwords, tokens, the files of callers and operators
#   deploy/make-secrets.sh --tls rolebridge.test  also a self-signed certificate for that name, to try TLS
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets
cd secrets

# Containers read single files as another user, so the files are open and the folder is closed.
keep() {
  if [ -s "$1" ]; then cat > /dev/null; else cat > "$1"; echo "made deploy/secrets/$1"; fi
  chmod 644 "$1"
}

random() { openssl rand -hex 32 | tr -d '\n'; }

# Random tokens need no slow hash: there is nothing to guess.
hash_of() { printf 'sha256$%s' "$(printf %s "$(cat "$1")" | openssl dgst -sha256 -r | cut -d' ' -f1)"; }

warn_unless_known() {
  if ! grep -qF "$(hash_of "$1")" "$2"; then
    echo "deploy/secrets/$2 does not know $1: put '$(hash_of "$1")' into it, or remove $2 and run this again." >&2
  fi
}

for name in postgres-password database-password caller-token operator-token sales-cloud-password fieldglass-license-key fieldglass-upload-password; do
  random | keep "$name"
done

printf 'postgres://rolebridge:%s@postgres:5432/rolebridge' "$(cat database-password)" | keep database-url

# Rights and systems: libs/access/schemas. A changed file takes effect within a second; edit it in place.
keep callers.yaml << YAML
callers:
  - name: ips
    rights: [read, write]
    systems: [sales-cloud, fieldglass]
    secrets: ["$(hash_of caller-token)"]
YAML
keep operators.yaml << YAML
operators:
  - name: operator
    rights: [read, operate, approve]
    secrets: ["$(hash_of operator-token)"]
YAML
warn_unless_known caller-token callers.yaml
warn_unless_known operator-token operators.yaml

if [ "${1:-}" = --tls ]; then
  host=${2:-localhost}
  if [ ! -s tls.crt ] || [ ! -s tls.key ]; then
    openssl req -x509 -newkey rsa:3072 -sha256 -nodes -days 90 -subj "/CN=$host" -addext "subjectAltName=DNS:$host,DNS:localhost,IP:127.0.0.1" -keyout tls.key -out tls.crt 2> /dev/null
    echo "made deploy/secrets/tls.crt and tls.key for $host: self-signed, 90 days, for trying only"
  fi
  chmod 644 tls.crt tls.key
fi
