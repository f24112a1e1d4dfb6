# What scripts/break, scripts/every-call and scripts/power-cut share; sourced, not run.

# Nothing was tried, and the reason was said. Without root there is nothing to mount, trace or starve with.
skipped=77
if [ "$(id -u)" -ne 0 ]; then
    echo "$(basename "$0"): SKIPPED, only root can mount, trace and starve a server" >&2
    exit $skipped
fi

# Installs a package for a tool where it is missing, each in a call of its own: nbdkit together with others has met a
# version conflict. In CI nothing is installed: RINGBACK_NO_INSTALL=1.
need() {
    local package=$1 tool=$2
    command -v "$tool" >/dev/null && return
    if [ -n "${RINGBACK_NO_INSTALL:-}" ]; then
        echo "$(basename "$0"): \`$tool\` ($package) is not installed; what needs it is SKIPPED" >&2
        return
    fi
    echo "$(basename "$0"): installing $package for \`$tool\`" >&2
    if ! { apt-get -qq update && apt-get -qq install -y --no-install-recommends "$package"; } >/dev/null 2>&1; then
        echo "$(basename "$0"): \`$tool\` ($package) cannot be installed; what needs it is SKIPPED" >&2
    fi
}

# Builds the server and the program that breaks it, and runs that in namespaces of its own: mounts, processes and the
# network end with it.
faults() {
    local built program
    built=$(cargo test --locked --test faults --no-run ${FAULTS_FEATURES:-} 2>&1) || { echo "$built" >&2; exit 1; }
    program=$(sed -n 's/.*Executable.*(\(.*\)).*/\1/p' <<<"$built")
    ulimit -n "$(ulimit -Hn)"
    local apart=(unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private)
    if ! "${apart[@]}" true 2>/dev/null; then
        echo "$(basename "$0"): SKIPPED, this machine gives no namespaces" >&2
        exit $skipped
    fi
    "${apart[@]}" sh -c 'ip link set lo up && exec "$@"' faults "$program" "$@"
}
