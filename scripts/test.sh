#!/usr/bin/env bash
# scripts/test.sh PYTHON [COMMAND ...]: run the tests, and a command beside them, whose words are told at the end.
# The tests run in two processes, each with a screen of its own, as windows on one screen fight for the focus. Each ends
# with its ten slowest tests and the time of all: a folder goes from one to the other where they differ much. Workers of
# pytest-xdist would each collect every test, and train, compile and start clusters once more. Compiling takes long in a
# fresh clone: folders that use the same kernels are in one process, those of the kernels themselves first, so that each
# is compiled once and read by the other process when it needs it.
set -uo pipefail
# Jobs in groups of their own: a plain background job ignores Ctrl+C, and so would the commands that tests interrupt.
set -m

python="$1"
shift
one=(tests/absorption tests/tomography tests/diffraction tests/pictures tests/judgement tests/widgets)
two=(tests/phantom tests/xray tests/simulation tests/calibration)
# Whatever else there is.
for path in tests/*/ tests/test_*.py; do
  path="${path%/}"
  [[ " ${one[*]} ${two[*]} tests/helpers tests/__pycache__ " == *" $path "* ]] || two+=("$path")
done
# Where it is set, as in many containers, each process compiles all that it imports again, and pytest rewrites napari.
unset PYTHONDONTWRITEBYTECODE
cores="$(nproc)"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-$((cores > 1 ? cores / 2 : 1))}"
# Else the threads of kernels spin while they wait for each other, and beside other work take many times as long.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"

told="$(mktemp -d)"
"${@:-true}" >"$told/beside" 2>&1 &
beside=$!
bash scripts/with-screen.sh "$python" -m pytest --durations=10 "${two[@]}" >"$told/second" 2>&1 &
second=$!
trap 'kill -- -"$beside" -"$second" 2>/dev/null; rm -rf "$told"' EXIT
bash scripts/with-screen.sh "$python" -m pytest --durations=10 "${one[@]}"
failed=$?
wait "$second" || failed=1
cat "$told/second"
wait "$beside" || failed=1
cat "$told/beside"
exit "$failed"
