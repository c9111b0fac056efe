"""One run of a tormented cluster from start to verdict, and what is to be said of it."""

import collections
import dataclasses

import cluster_rounds
import cluster_verdict
from cluster_town import Town
import suite


@dataclasses.dataclass(frozen=True)
class Outcome:
    verdict: cluster_verdict.Verdict
    rounds: list
    violations: list
    hits: collections.Counter
    events: list[str]

    def good(self) -> bool:
        return self.verdict.good() and not self.violations

    def summary(self) -> str:
        verdict = self.verdict
        return (f"{verdict.written:,} written, {verdict.read:,} in the output, {verdict.missing:,} missing, "
                f"{verdict.overtaken:,} overtaken, {verdict.foreign:,} foreign, {verdict.duplicates():,} "
                f"duplicates, {sum(run.count() for run in verdict.unexplained):,} of them unexplained")

    def lines(self) -> list[str]:
        """Says what happened in each round, and the sums."""
        return [*self._round_lines(), *self._cause_lines(), *self._trouble_lines(),
                *(f"UNEXPLAINED: {run}" for run in self.verdict.unexplained),
                *(f"VIOLATION: {text}" for text in self.violations),
                self.summary(), "ok" if self.good() else "FAIL"]

    def _round_lines(self):
        yield "round     begins  troubles take  well after  duplicates"
        for number, one in enumerate(self.rounds):
            runs = self.verdict.runs.get(number, [])
            yield (f"{number:5}  {one.begin:7.1f} s  {one.undone - one.begin:10.1f} s  "
                   f"{one.settled - one.undone:8.1f} s  {sum(run.count() for run in runs):10,}  "
                   f"{', '.join(one.troubles) or 'start'}")

    def _cause_lines(self):
        yield "duplicates by cause (weir: written by one of our jobs)"
        causes = cluster_verdict.by_cause(self.verdict, self.rounds)
        for cause, by_writer in sorted(causes.items(), key=lambda one: -one[1].total()):
            writers = ", ".join(f"{writer} {count:,}" for writer, count in sorted(by_writer.items()))
            yield f"{by_writer.total():10,}  {cause}  ({writers})"

    def _trouble_lines(self):
        troubles = collections.Counter(name for one in self.rounds for name in one.troubles)
        yield "troubles: " + ", ".join(f"{name} {count}" for name, count in sorted(troubles.items()))
        yield "requests that met with trouble: " + ", ".join(
            f"{action} {count}" for action, count in sorted(self.hits.items()))


def run(world: suite.World, seed: int, rate: int, deals, tell=lambda line: None) -> Outcome:
    """Torments with these lists of troubles, lets all come to an end, and reads what was written."""
    with Town(world, seed, rate, tell) as town:
        rounds = cluster_rounds.torment(town, deals)
        written = town.stop_writer()
        cluster_rounds.settle(town)
        end_members(town)
        town.events.add("all have ended")
        verdict = cluster_verdict.judge(town.cluster.bootstrap, seed, written, rounds, town.events)
        return Outcome(verdict, rounds, town.violations, town.hits, town.events.lines)


def end_members(town: Town) -> None:
    for member in town.members:
        ended = member.program.terminate(60)
        if ended.status != 0:
            town.violate(f"{member.name} ended with status {ended.status}:\n{member.end_of_log()}")
