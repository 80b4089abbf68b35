#!/bin/sh
# Installs the Debian packages that the tests need, and with --bench those of the benchmarks too.
# Is silent when nothing is missing. When it cannot install, it says what is missing and succeeds,
# as tests leave out what they cannot run; with CI set, it fails.
set -u

PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
policy=/usr/sbin/policy-rc.d
scratch=

# What to look for, and the package it comes with.
needed() {
  cat <<'END'
program sshd openssh-server
program ssh openssh-client
program dash dash
program bash bash
program zsh zsh
program fish fish
program busybox busybox
program sudo sudo
program ps procps
program ss iproute2
library libnss_wrapper.so libnss-wrapper
python jupyter_client python3-jupyter-client
END
  if [ "$1" = --bench ]; then
    echo "python execnet python3-execnet"
    echo "python mitogen python3-mitogen"
    echo "program rsync rsync"
  fi
}

present_file() {
  for path in "$@"; do
    if [ -e "$path" ]; then return 0; fi
  done
  return 1
}

present() {
  case $1 in
    program) command -v "$2" ;;
    library) present_file "/usr/lib/$2" "/usr/lib64/$2" /usr/lib/*/"$2" ;;
    python) /usr/bin/python3 -c "import $2" ;;
  esac >/dev/null 2>&1
}

missing() {
  needed "$1" | while read -r kind name package; do
    present "$kind" "$name" || printf '%s ' "$package"
  done
}

quietly() {
  DEBIAN_FRONTEND=noninteractive "$@" </dev/null >>"$scratch/log" 2>&1 9>&-
}

# Takes a policy that was there before out of the way, so that it comes back as it was.
forbid_services() {
  if [ -e "$policy" ]; then mv "$policy" "$scratch/policy"; fi
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  forbidden=yes
}

clean_up() {
  if [ -n "$forbidden" ]; then rm -f "$policy"; fi
  if [ -e "$scratch/policy" ]; then mv "$scratch/policy" "$policy"; fi
  rm -rf "$scratch"
}

install_packages() {
  echo "Installing what the tests need: $*"
  # Of two runs at once, the second would take the policy of the first for one to keep.
  exec 9>/run/tongs-setup.lock && flock 9 || return 1
  scratch=$(mktemp -d) || return 1
  forbidden=
  trap clean_up EXIT
  trap 'exit 130' HUP INT TERM
  case " $* " in *" openssh-server "*) forbid_services ;; esac
  # An update fails as a whole when one source does, which need not be a source of these packages.
  quietly apt-get -o DPkg::Lock::Timeout=300 update
  if ! quietly apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"; then
    tail -n 20 "$scratch/log" >&2
  fi
  # The policy only keeps the service from starting now, not when the machine starts again.
  if [ -n "$forbidden" ] && command -v systemctl >/dev/null; then
    quietly systemctl disable ssh.service ssh.socket || true
  fi
}

packages=$(missing "${1-}")
[ -n "$packages" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
  reason="not root"
elif ! command -v apt-get >/dev/null; then
  reason="no apt-get"
else
  reason="apt-get failed"
  # shellcheck disable=SC2086 # One argument per package.
  install_packages $packages
  packages=$(missing "${1-}")
  [ -n "$packages" ] || exit 0
fi

echo "Cannot install ($reason): ${packages% }" >&2
if [ -n "${CI-}" ]; then exit 1; fi
echo "Tests that need a missing package are left out" >&2
