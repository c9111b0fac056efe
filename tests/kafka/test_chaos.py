"""The verifier of exactly-once, and what it judges, as samples; `tests/chaos/run` is the long one."""

import jars
import languages
from suite import check_equal, test

CHAOS = jars.REPOSITORY / "tests" / "chaos"
MUTATIONS = 1000


@test(60)
def verifier_notices_each_mutation(world):
    """Dropped, repeated, swapped, altered, moved and torn output, wrong offsets and sums, open transactions."""
    verifier = languages.go_program(CHAOS / "verifier", "verifier")
    told = world.start(verifier, "mutate", "--count", MUTATIONS, "--seed", world.seed).wait(50)
    check_equal(told.status, 0, f"{told.text}\nexit status")
    check_equal(told.text.splitlines()[-1], f"{MUTATIONS} of {MUTATIONS} mutations caught", "verdict")
    world.note(told.text.splitlines()[-1])
