#!/usr/bin/env bash
# Runs SEEDS simulated worlds and SEEDS random topologies from FROM on (by default another place each
# day), on all cores.
set -euo pipefail
cd "$(dirname "$0")/.."

seeds=${SEEDS:-5000} from=${FROM:-$(($(date +%s) / 86400 * 1000000))} jobs=${JOBS:-$(nproc)}
tools/build.sh dev --target weir_sim
tools/build.sh dev --target weir_topologies
echo "== $seeds seeds from $from on: make simulate SEEDS=$seeds FROM=$from runs the same"

share=$(((seeds + jobs - 1) / jobs)) processes=() failed=0
for ((i = 0; i < jobs; ++i)); do
  count=$((seeds - i * share < share ? seeds - i * share : share))
  if ((count <= 0)); then break; fi
  build/dev/tests/sim/weir_sim --seeds "$count" --from $((from + i * share)) &
  processes+=($!)
done
for process in "${processes[@]}"; do wait "$process" || failed=$((failed + 1)); done

build/dev/tests/topologies/weir_topologies --cases "$seeds" --from "$from" &
processes+=($!)
wait $! || failed=$((failed + 1))
echo "$((${#processes[@]} - failed)) passed, $failed failed"
((failed == 0))
