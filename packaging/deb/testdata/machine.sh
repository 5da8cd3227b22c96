#!/bin/sh
# Boots Debian's systemd as process 1 of a machine in namespaces of its own, and
# ends with the machine. The machine sees the files of this system, and what it
# writes to them is gone at the end. It runs deb.test of the folder that is
# given, which it sees as /machine.
#
# Exits with 77 if there can be no such machine here, and says why.
#
#	machine.sh FOLDER
set -u
script=$(realpath "$0")

refused() {
	echo "cannot have $1 here"
	exit 77
}

# inside is what process 1 does until it is systemd.
inside() {
	mount -t proc proc root/proc || refused "a process namespace"
	mount -t sysfs sysfs root/sys || refused "a network namespace"
	mount -t cgroup2 cgroup root/sys/fs/cgroup || refused "a control group namespace"
	cd root && pivot_root . old || refused "another root"
	umount -l /old
	exec env container=test /lib/systemd/systemd --unit=machine.service --log-target=journal </dev/null
}

# devices makes those that PrivateDevices= wants.
devices() {
	mount -t tmpfs -o mode=755 tmpfs root/dev || return 1
	mkdir root/dev/pts root/dev/shm root/dev/mqueue root/dev/hugepages
	mount -t devpts -o newinstance,ptmxmode=0666 devpts root/dev/pts || return 1
	ln -s pts/ptmx root/dev/ptmx
	ln -s /proc/self/fd root/dev/fd
	for device in null zero full random urandom tty; do
		touch "root/dev/$device"
		mount --bind "/dev/$device" "root/dev/$device" || return 1
	done
}

# units leaves nothing to start but the test.
units() {
	rm -rf root/etc/systemd/system/*.wants root/usr/sbin/policy-rc.d
	cat >root/etc/systemd/system/machine.service <<-EOF
		[Unit]
		SuccessAction=exit-force
		FailureAction=exit-force
		FailureActionExitStatus=1
		[Service]
		Type=oneshot
		Environment=QRELAY_ON_MACHINE=1
		ExecStart=/machine/deb.test -test.v -test.run ^TestOnMachine$
		TimeoutStartSec=150
		StandardOutput=file:/machine/log
		StandardError=inherit
	EOF
}

case "$1" in
--inside) inside ;;
--mounts) shift ;;
*)
	unshare --mount --pid --net --ipc --uts --cgroup --fork true || refused "namespaces"
	exec unshare --mount sh "$script" --mounts "$1"
	;;
esac
mount --make-rprivate / || refused "mounts of its own"
mount -t tmpfs tmpfs /mnt && cd /mnt && mkdir upper work root || refused "a file system in memory"
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root || refused "an overlay file system"
mkdir -p root/machine root/old
mount --bind "$1" root/machine || refused "bind mounts"
mount -t tmpfs -o mode=755 tmpfs root/run || refused "a file system in memory"
devices || refused "devices"
units

# A control group of its own, which is empty at the end.
mkdir cgroup
mount -t cgroup2 cgroup cgroup || refused "control groups of version 2"
group=cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/qrelay-machine-$$
mkdir "$group" || refused "a control group of its own"
unshare --mount --pid --net --ipc --uts --fork --kill-child \
	sh -c 'echo 0 >"$1"/cgroup.procs && exec unshare --cgroup sh "$2" --inside' sh "$group" "$script"
status=$?
find "$group" -depth -type d -exec rmdir {} +
exit $status
