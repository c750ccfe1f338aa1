#!/usr/bin/env bash
# install_packages.sh GROUP...: installs what is missing of these groups of deploy/packages.txt. Never interactive.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

is_installed() {
  [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

missing=()
while read -r group package; do
  [[ -z $group || $group == \#* ]] && continue
  [[ " $* " == *" $group "* ]] || continue
  is_installed "$package" || missing+=("$package")
done <"$here/packages.txt"
[[ ${#missing[@]} -eq 0 ]] && exit 0

if [[ $EUID -ne 0 ]]; then
  echo "missing packages; run as root: apt-get install ${missing[*]}" >&2
  exit 1
fi
echo "installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt=(apt-get -qq -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3)
"${apt[@]}" update >&2
# Installing PostgreSQL would create and start a cluster of the machine's own, which nothing here uses.
if ! is_installed postgresql-common && [[ " ${missing[*]} " == *" postgresql-"* ]]; then
  "${apt[@]}" install -y --no-install-recommends postgresql-common >&2 </dev/null
  sed -i 's/^#\?create_main_cluster *=.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
fi
"${apt[@]}" install -y --no-install-recommends "${missing[@]}" >&2 </dev/null
