# Runs one container engine and two registries, in namespaces of their own. Arguments: kind, folder. The engine is started again when it ends.
set -eu
kind=$1 dir=$2
ip link set lo up
# The second hierarchy of a hybrid machine, which crun takes for the only one.
umount /sys/fs/cgroup/unified 2>/dev/null || true
mkdir -p "$dir/run" && mount --bind "$dir/run" /run
docker-registry serve "$dir/open.json" >"$dir/open.log" 2>&1 &
docker-registry serve "$dir/locked.json" >"$dir/locked.log" 2>&1 &
while :; do
  case $kind in
    docker) dockerd --config-file "$dir/daemon.json" >>"$dir/engine.log" 2>&1 & ;;
    podman) podman system service --time=0 "unix://$dir/engine.sock" >>"$dir/engine.log" 2>&1 & ;;
  esac
  echo $! >"$dir/engine.pid"
  wait $! || true
  while [ -e "$dir/hold" ]; do sleep 0.05; done
done
