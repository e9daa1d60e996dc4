#!/usr/bin/env bash
# Run the tests in two processes at a time, each with a screen of its own, as windows on one screen fight for the focus.
# Each ends with its ten slowest tests and the time of all: a folder goes from one to the other where they differ much.
# Workers of pytest-xdist would each collect every test, and train, compile and start clusters once more.
set -uo pipefail
# Jobs in groups of their own: a plain background job ignores Ctrl+C, and so would the commands that tests interrupt.
set -m

python="$1"
apart=(tests/widgets tests/workflows tests/simulation tests/calibration tests/pictures tests/judgement tests/tomography)
cores="$(nproc)"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-$((cores > 1 ? cores / 2 : 1))}"

told="$(mktemp)"
trap 'kill -- -"$rest" 2>/dev/null; rm -f "$told"' EXIT
bash scripts/with-screen.sh "$python" -m pytest --durations=10 "${apart[@]/#/--ignore=}" >"$told" 2>&1 &
rest=$!
bash scripts/with-screen.sh "$python" -m pytest --durations=10 "${apart[@]}"
first=$?
wait "$rest"
second=$?
cat "$told"
exit $((first != 0 || second != 0))
