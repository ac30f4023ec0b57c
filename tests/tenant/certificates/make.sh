#!/usr/bin/env bash
# Makes the certificates anew, in the folder of this script.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
touch $work/index
cat > $work/conf <<CONF
[ca]
database = $work/index
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = policy
[policy]
commonName = supplied
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[localhost]
subjectAltName = DNS:localhost,IP:127.0.0.1
authorityKeyIdentifier = keyid
extendedKeyUsage = serverAuth
[elsewhere]
subjectAltName = DNS:elsewhere.invalid
authorityKeyIdentifier = keyid
extendedKeyUsage = serverAuth
CONF
for name in root localhost elsewhere; do
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -subj "/CN=omneo-reconcile tests, $name" \
    -config /dev/null -keyout $work/$name.key -out $work/$name.csr
  [ $name = root ] && signer=-selfsign || signer="-cert $work/root.pem"
  openssl ca -batch -notext -name ca -config $work/conf $signer -keyfile $work/root.key -extensions $name \
    -startdate 20260101000000Z -enddate 21260101000000Z -in $work/$name.csr -out $work/$name.pem
done
cp $work/root.pem root.pem
cat $work/localhost.key $work/localhost.pem > localhost.pem
cat $work/elsewhere.key $work/elsewhere.pem > elsewhere.pem
