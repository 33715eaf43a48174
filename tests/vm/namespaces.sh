#!/bin/sh
# Boots a folder's Debian with systemd in namespaces of its own, at full speed: sh namespaces.sh FOLDER [UNIT]. As root, in a
# network namespace of its own (unshare --net), for the server takes port 80.
# A machine's own kernel is not booted: for power cuts, and for limits by control groups, see boot.py.
set -eu
root=$(readlink -f "$1") unit=${2:-multi-user.target}
tree=$(mktemp -d) # of control groups (v2), also where the host uses the older kind
mount -t cgroup2 cgroup2 "$tree"
mkdir -p "$tree/sandyq-test"
echo $$ > "$tree/sandyq-test/cgroup.procs"
umount "$tree"
rmdir "$tree"
# shellcheck disable=SC2016
exec unshare --cgroup --mount --pid --fork --uts --ipc --propagation private sh -euc '
    root=$1 unit=$2
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount -t sysfs sysfs "$root/sys"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    for folder in run tmp dev; do mount -t tmpfs -o mode=1777 tmpfs "$root/$folder"; done
    chmod 755 "$root/run" "$root/dev"
    for name in null zero full random urandom tty; do touch "$root/dev/$name"; mount --bind "/dev/$name" "$root/dev/$name"; done
    mkdir "$root/dev/pts" "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
    mount -t tmpfs tmpfs "$root/dev/shm"
    ln -s pts/ptmx "$root/dev/ptmx"
    ln -s /proc/self/fd "$root/dev/fd"
    exec env -i container=sandyq-test PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" /lib/systemd/systemd "--unit=$unit"
' sh "$root" "$unit"
