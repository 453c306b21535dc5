#!/bin/sh
# Makes the certificates of the tests anew, with OpenSSL 3. They are valid for a century, so nobody should
# have to; the private keys lie here for everybody to see and protect nothing.
set -eu
mkdir book
trap 'rm -r book' EXIT
: > book/index
cat > book/ca.cnf <<'END'
[ca]
default_ca = d
[d]
database = book/index
new_certs_dir = book
rand_serial = yes
unique_subject = no
default_md = sha256
policy = p
[p]
O = optional
CN = supplied
END

sign() { # name, subject, extensions, until when, how
  name=$1 subject=$2 until=$4
  printf '%s' "$3" > book/extensions
  shift 4
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout "$name-key.pem" -out book/request -subj "$subject"
  openssl ca -batch -notext -config book/ca.cnf -startdate 20200101000000Z -enddate "$until" \
    -extfile book/extensions -in book/request -out "$name.pem" "$@"
}

authority() { # name, common name
  sign "$1" "/O=Angelia test/CN=$2" 'basicConstraints=critical,CA:TRUE
subjectKeyIdentifier=hash
keyUsage=critical,keyCertSign,cRLSign' 21200101000000Z -selfsign -keyfile "$1-key.pem"
}

leaf() { # name, authority, common name, extensions, until when
  sign "$1" "/O=Angelia test/CN=$3" "$4" "$5" -cert "$2.pem" -keyfile "$2-key.pem"
}

server='basicConstraints=CA:FALSE
extendedKeyUsage=serverAuth
subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'
client='basicConstraints=CA:FALSE
extendedKeyUsage=clientAuth'

authority ca 'Angelia test authority'
authority other-ca 'Some other authority'
leaf server ca localhost "$server" 21200101000000Z
leaf renewed ca renewed "$server" 21200101000000Z
leaf expired ca localhost "$server" 20200201000000Z
leaf billing ca billing "$client" 21200101000000Z
leaf stranger other-ca billing "$client" 21200101000000Z
rm ca-key.pem other-ca-key.pem
