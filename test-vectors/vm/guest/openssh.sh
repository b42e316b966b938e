# shellcheck shell=bash
# OpenSSH with keys that live on $device, whose PIN is $pin.

# What is signed, as `ssh-keygen -Y` takes it: signs NAME [ANSWER...]
signs() {
  local name=$1
  shift
  echo "said by $name" >/tmp/said
  rm -f /tmp/said.sig
  passes "ssh-keygen -Y sign: $name" typed "$@" -- ssh-keygen -Y sign -f "/tmp/ssh/$name" -n file /tmp/said
  printf 'someone %s\n' "$(<"/tmp/ssh/$name.pub")" >/tmp/signers
  shows "ssh-keygen -Y verify: $name" 'Good "file" signature' verify_said /tmp/said
  echo "said by another" >/tmp/unsaid
  refused "ssh-keygen -Y verify: $name, other text" 'Signature verification failed|incorrect signature' verify_said /tmp/unsaid
}

verify_said() {
  ssh-keygen -Y verify -f /tmp/signers -I someone -n file -s /tmp/said.sig <"$1"
}

# A key of each kind, made and used.
ssh_keys() {
  local type
  for type in ecdsa-sk ed25519-sk; do
    passes "ssh-keygen -t $type" typed "$pin" -- ssh-keygen -q -t "$type" -N '' -f "/tmp/ssh/$type"
    signs "$type"
    passes "ssh-keygen -t $type -O no-touch-required" typed "$pin" -- \
      ssh-keygen -q -t "$type" -N '' -O no-touch-required -f "/tmp/ssh/$type-untouched"
    signs "$type-untouched"
    passes "ssh-keygen -t $type -O verify-required" typed "$pin" -- \
      ssh-keygen -q -t "$type" -N '' -O verify-required -f "/tmp/ssh/$type-verified"
    signs "$type-verified" "$pin"
    passes "ssh-keygen -t $type -O resident" typed "$pin" -- \
      ssh-keygen -q -t "$type" -N '' -O resident -O "application=ssh:$type" -O user=one -f "/tmp/ssh/$type-resident"
    signs "$type-resident"
    passes "ssh-keygen -t $type -O resident -O verify-required" typed "$pin" -- \
      ssh-keygen -q -t "$type" -N '' -O resident -O verify-required -O "application=ssh:$type-both" -f "/tmp/ssh/$type-both"
    signs "$type-both" "$pin"
  done
  refused "ssh-keygen -Y sign with a wrong PIN" 'incorrect passphrase|[Ii]ncorrect PIN|wrong PIN|failed' \
    typed 00000000 -- ssh-keygen -Y sign -f /tmp/ssh/ecdsa-sk-verified -n file /tmp/unsaid
}

# The resident ones come back from the key alone.
ssh_downloads() {
  mkdir -p /tmp/ssh/back
  passes "ssh-keygen -K" in_folder /tmp/ssh/back typed "$pin" -- ssh-keygen -K -N ''
  passes "ssh-keygen -K: all four" test "$(compgen -G '/tmp/ssh/back/*.pub' | wc -l)" -eq 4
  local type
  for type in ecdsa-sk ed25519-sk; do
    cut -d' ' -f2 "/tmp/ssh/$type-resident.pub" >/tmp/wanted
    passes "ssh-keygen -K: the $type key again" grep -qFf /tmp/wanted /tmp/ssh/back/*.pub
  done
}

in_folder() {
  (cd "$1" && shift && "$@")
}

# Somebody is let in at the guest's own sshd, and somebody else is not.
ssh_logins() {
  local type
  mkdir -p /var/tester/.ssh
  ssh-keygen -q -t ed25519 -N '' -f /tmp/ssh/host
  printf 'HostKey /tmp/ssh/host\nPort 2222\nListenAddress 127.0.0.1\nUsePAM no\nPidFile none\nStrictModes no\n' >/tmp/ssh/sshd_config
  /usr/sbin/sshd -f /tmp/ssh/sshd_config -E /tmp/sshd.log
  for type in ecdsa-sk ed25519-sk ecdsa-sk-resident ed25519-sk-verified; do
    cp "/tmp/ssh/$type.pub" /var/tester/.ssh/authorized_keys
    [[ $type != *-verified ]] || sed -i 's/^/verify-required /' /var/tester/.ssh/authorized_keys
    shows "ssh with $type" '^tester$' log_in "$type"
  done
  printf 'verify-required %s\n' "$(</tmp/ssh/ecdsa-sk.pub)" >/var/tester/.ssh/authorized_keys
  refused "ssh with ecdsa-sk where the server wants verification" 'Permission denied' log_in ecdsa-sk
  printf '%s\n' "$(</tmp/ssh/ed25519-sk.pub)" >/var/tester/.ssh/authorized_keys
  refused "ssh with another key" 'Permission denied' log_in ecdsa-sk
}

log_in() {
  local answers=()
  [[ $1 != *-verified ]] || answers=("$pin")
  typed "${answers[@]}" -- ssh -p 2222 -i "/tmp/ssh/$1" -o IdentitiesOnly=yes -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null -o PasswordAuthentication=no -o KbdInteractiveAuthentication=no tester@127.0.0.1 whoami
}

openssh() {
  begin_list
  mkdir -p /tmp/ssh
  typed "$pin" "$pin" -- fido2-token -S "$device"
  ssh_keys
  ssh_downloads
  ssh_logins
  end_list
}
